import type { IndexComparison } from './compare-indexes'
import { parametersText, significant } from './comparison-table'
import { lineChart } from './line-chart'

/**
 * A comparison as an SVG picture (the text of a file): recall against exact search to the right, queries a
 * second upwards on a logarithmic scale; up and to the right is better. One line an index, a point for each
 * of its sets of search parameters, which a pointer shows. Readable on a light and on a dark page.
 */
export function comparisonChart(comparison: IndexComparison): string {
  const { count, dimension, metric, k, rows } = comparison
  const title = `${count} vectors of ${dimension} dimensions, ${metric}: queries a second by recall@${k}`
  const series = [...new Set(rows.map((row) => row.factory))].map((factory) => ({
    name: factory,
    points: rows
      .filter((row) => row.factory === factory)
      .sort((a, b) => a.recallAgainstExact - b.recallAgainstExact)
      .map((row) => ({ x: row.recallAgainstExact, y: row.queriesPerSecond, label: pointLabel(row) })),
  }))
  return lineChart(
    { title },
    { label: `recall@${k} against exact search`, end: 1 },
    { label: 'queries a second' },
    series,
  )
}

function pointLabel(row: IndexComparison['rows'][number]): string {
  return [
    row.factory,
    parametersText(row.parameters),
    `recall ${row.recallAgainstExact.toFixed(4)}`,
    `${significant(row.queriesPerSecond)} queries/s`,
  ]
    .filter(Boolean)
    .join(', ')
}
