import { type Axis, linearAxis, logarithmicAxis } from './chart-axis'
import type { IndexComparison } from './compare-indexes'
import { parametersText, significant } from './comparison-table'

const WIDTH = 860
const HEIGHT = 480
const PLOT = { left: 76, right: 640, top: 52, bottom: 418 }
/**
 * Okabe and Ito's colours that stand out on white and on black, for readers who do not tell red from green.
 */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#8c6bb1', '#7f7f7f']
const STYLE =
  'text{font:13px system-ui,sans-serif;fill:#333}.title{font-size:15px;font-weight:600}.grid{stroke:#888;stroke-opacity:.25}' +
  '.axis{stroke:#888}@media(prefers-color-scheme:dark){text{fill:#ddd}}'

/**
 * A comparison as an SVG picture (the text of a file): recall against exact search to the right, queries a
 * second upwards on a logarithmic scale; up and to the right is better. One line an index, a point for each
 * of its sets of search parameters, which a pointer shows. Readable on a light and on a dark page.
 */
export function comparisonChart(comparison: IndexComparison): string {
  const { count, dimension, metric, k, rows } = comparison
  const recall = linearAxis(
    rows.map((row) => row.recallAgainstExact),
    1,
    PLOT.left,
    PLOT.right,
  )
  const speed = logarithmicAxis(
    rows.map((row) => row.queriesPerSecond),
    PLOT.bottom,
    PLOT.top,
  )
  const factories = [...new Set(rows.map((row) => row.factory))]
  const title = `${count} vectors of ${dimension} dimensions, ${metric}: queries a second by recall@${k}`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">`,
    `<title>${escapeXml(title)}</title><style>${STYLE}</style>`,
    `<text class="title" x="${PLOT.left}" y="28">${escapeXml(title)}</text>`,
    ...axes(recall, speed, k),
    ...factories.flatMap((factory, i) => series(comparison, factory, i, recall, speed)),
    '</svg>',
    '',
  ].join('\n')
}

function axes(x: Axis, y: Axis, k: number): string[] {
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
    `<text x="${(left + right) / 2}" y="${bottom + 44}" text-anchor="middle">recall@${k} against exact search</text>`,
    `<text transform="translate(18 ${(top + bottom) / 2})rotate(-90)" text-anchor="middle">queries a second</text>`,
  ]
}

/** A line with its points, and its entry in the legend. */
function series(comparison: IndexComparison, factory: string, i: number, x: Axis, y: Axis): string[] {
  const colour = COLOURS[i % COLOURS.length]!
  const dash = i < COLOURS.length ? '' : ' stroke-dasharray="5 4"'
  const points = comparison.rows
    .filter((row) => row.factory === factory)
    .sort((a, b) => a.recallAgainstExact - b.recallAgainstExact)
    .map((row) => ({ row, at: `${x.place(row.recallAgainstExact)} ${y.place(row.queriesPerSecond)}` }))
  const legend = PLOT.top + 8 + 22 * i
  return [
    `<path fill="none" stroke="${colour}" stroke-width="2"${dash} d="M${points.map(({ at }) => at).join('L')}"/>`,
    ...points.map(({ row, at }) => {
      const [cx, cy] = at.split(' ')
      const label = [
        row.factory,
        parametersText(row.parameters),
        `recall ${row.recallAgainstExact.toFixed(4)}`,
        `${significant(row.queriesPerSecond)} queries/s`,
      ]
      const text = escapeXml(label.filter(Boolean).join(', '))
      return `<circle cx="${cx}" cy="${cy}" r="4.5" fill="${colour}"><title>${text}</title></circle>`
    }),
    `<path stroke="${colour}" stroke-width="2"${dash} d="M${PLOT.right + 24} ${legend}h24"/>`,
    `<circle cx="${PLOT.right + 36}" cy="${legend}" r="4.5" fill="${colour}"/>`,
    `<text x="${PLOT.right + 56}" y="${legend + 4}">${escapeXml(factory)}</text>`,
  ]
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
