// Horizontal bars from zero, the longest first, with their values; an SVG picture beside lib/evaluation's line charts.
import { createRequire } from 'node:module'

const { COLOURS, escapeXml, svgPicture } = createRequire(import.meta.url)('../../dist/evaluation/svg.js')
const WIDTH = 860
const TOP = 62
const STEP = 30
const LEFT = 200
/** Room for the text behind the longest bar. */
const RIGHT = 640

/** bars: { name, value, text }; those whose name begins with `densenode` stand out. */
export function barChart(heading, bars) {
  const sorted = [...bars].sort((a, b) => b.value - a.value)
  const largest = sorted[0].value
  const body = sorted.flatMap(({ name, value, text }, i) => {
    const y = TOP + STEP * i
    const length = Math.max(1, ((RIGHT - LEFT) * value) / largest)
    const colour = name.startsWith('densenode') ? COLOURS[0] : COLOURS[7]
    return [
      `<text x="${LEFT - 10}" y="${y + 15}" text-anchor="end">${escapeXml(name)}</text>`,
      `<rect x="${LEFT}" y="${y}" width="${length.toFixed(1)}" height="20" fill="${colour}"/>`,
      `<text x="${(LEFT + length + 8).toFixed(1)}" y="${y + 15}">${escapeXml(text)}</text>`,
    ]
  })
  return svgPicture(heading, WIDTH, TOP + STEP * sorted.length + 14, 16, body)
}
