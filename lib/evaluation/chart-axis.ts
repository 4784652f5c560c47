/** One axis of a chart: where a value stands, in the picture's units, and the ticks. */
export interface Axis {
  place(value: number): number
  ticks: { at: number; label: string }[]
}

/** From a round number at or below the smallest value to `end`. */
export function linearAxis(values: readonly number[], end: number, from: number, to: number): Axis {
  const smallest = Math.min(end, ...values)
  const step = roundStep(Math.max(end - smallest, 0.01) / 5)
  const begin = end - step * Math.max(1, Math.ceil((end - smallest) / step - 1e-9))
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9))
  const place = (value: number) => rounded(from + ((value - begin) / (end - begin)) * (to - from))
  const ticks = Array.from({ length: Math.round((end - begin) / step) + 1 }, (_, i) => begin + i * step)
  return { place, ticks: ticks.map((value) => ({ at: place(value), label: value.toFixed(digits) })) }
}

/**
 * From the tick below the smallest value to the one above the largest; ticks at 1, 2 and 5 of each power of
 * ten.
 */
export function logarithmicAxis(values: readonly number[], from: number, to: number): Axis {
  const known = values.length > 0 ? values : [1]
  const [smallest, largest] = [Math.min(...known), Math.max(...known)]
  const ladder: number[] = []
  for (let power = Math.floor(Math.log10(smallest)); power <= Math.ceil(Math.log10(largest)); power++)
    for (const factor of [1, 2, 5]) ladder.push(factor * 10 ** power)
  const begin = ladder.filter((value) => value <= smallest).at(-1)!
  const end = ladder.find((value) => value >= largest && value > begin) ?? begin * 10
  const place = (value: number) => {
    const share = Math.log(value / begin) / Math.log(end / begin)
    return rounded(from + share * (to - from))
  }
  const shown = ladder.filter((value) => value >= begin && value <= end)
  const few = shown.length > 10 ? shown.filter((value) => /^1/.test(value.toExponential())) : shown
  return { place, ticks: few.map((value) => ({ at: place(value), label: shortNumber(value) })) }
}

/** 1, 2 or 5 times a power of ten, at or above `least`. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least))
  return power * [1, 2, 5, 10].find((factor) => factor * power >= least * (1 - 1e-9))!
}

function shortNumber(value: number): string {
  if (value >= 1e6) return `${rounded(value / 1e6)}M`
  if (value >= 1e3) return `${rounded(value / 1e3)}k`
  return String(Number(value.toPrecision(2)))
}

const rounded = (value: number) => Math.round(value * 100) / 100
