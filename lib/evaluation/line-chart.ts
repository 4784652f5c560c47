import { type Axis, linearAxis, logarithmicAxis } from './chart-axis'
import { COLOURS, escapeXml, type Heading, svgPicture } from './svg'

const WIDTH = 860
const HEIGHT = 480
const PLOT = { left: 76, right: 640, top: 52, bottom: 418 }

export interface Scale {
  label: string
  /** Linear up to this value; without it the scale is logarithmic. */
  end?: number
}

/** A line with points in the order of x. */
export interface Series {
  name: string
  points: { x: number; y: number; label: string }[]
}

/** Lines over two scales with a legend, as an SVG picture (the text of a file). A pointer shows a point's label. */
export function lineChart(heading: Heading, x: Scale, y: Scale, series: readonly Series[]): string {
  const points = series.flatMap((each) => each.points)
  const right = axis(
    x,
    points.map((point) => point.x),
    PLOT.left,
    PLOT.right,
  )
  const up = axis(
    y,
    points.map((point) => point.y),
    PLOT.bottom,
    PLOT.top,
  )
  return svgPicture(heading, WIDTH, HEIGHT, PLOT.left, [
    ...grid(right, up, x.label, y.label),
    ...series.flatMap((each, i) => line(each, i, right, up)),
  ])
}

function axis({ end }: Scale, values: number[], from: number, to: number): Axis {
  return end === undefined ? logarithmicAxis(values, from, to) : linearAxis(values, end, from, to)
}

function grid(x: Axis, y: Axis, xLabel: string, yLabel: string): string[] {
  const { left, right, top, bottom } = PLOT
  return [
    ...x.ticks.map(
      ({ at, label }) =>
        `<path class="grid" d="M${at} ${top}V${bottom}"/><text x="${at}" y="${bottom + 20}" text-anchor="middle">${label}</text>`,
    ),
    ...y.ticks.map(
      ({ at, label }) =>
        `<path class="grid" d="M${left} ${at}H${right}"/><text x="${left - 8}" y="${at + 4}" text-anchor="end">${label}</text>`,
    ),
    `<path class="axis" fill="none" d="M${left} ${top}V${bottom}H${right}"/>`,
    `<text x="${(left + right) / 2}" y="${bottom + 44}" text-anchor="middle">${escapeXml(xLabel)}</text>`,
    `<text transform="translate(18 ${(top + bottom) / 2})rotate(-90)" text-anchor="middle">${escapeXml(yLabel)}</text>`,
  ]
}

/** A line with its points, and its entry in the legend. */
function line({ name, points }: Series, i: number, x: Axis, y: Axis): string[] {
  const colour = COLOURS[i % COLOURS.length]!
  const dash = i < COLOURS.length ? '' : ' stroke-dasharray="5 4"'
  const places = points.map((point) => ({ x: x.place(point.x), y: y.place(point.y), label: point.label }))
  const legend = PLOT.top + 8 + 22 * i
  return [
    `<path fill="none" stroke="${colour}" stroke-width="2"${dash} d="M${places.map((at) => `${at.x} ${at.y}`).join('L')}"/>`,
    ...places.map(
      (at) =>
        `<circle cx="${at.x}" cy="${at.y}" r="4.5" fill="${colour}"><title>${escapeXml(at.label)}</title></circle>`,
    ),
    `<path stroke="${colour}" stroke-width="2"${dash} d="M${PLOT.right + 24} ${legend}h24"/>`,
    `<circle cx="${PLOT.right + 36}" cy="${legend}" r="4.5" fill="${colour}"/>`,
    `<text x="${PLOT.right + 56}" y="${legend + 4}">${escapeXml(name)}</text>`,
  ]
}
