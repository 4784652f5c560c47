import type { IndexParameters } from '../index-parameters'
import type { IndexComparison } from './compare-indexes'
import { textTable } from './text-table'

/** A comparison as lines of text for a terminal; for JSON, give the comparison itself to JSON.stringify. */
export function comparisonTable(comparison: IndexComparison): string {
  const { count, dimension, metric, k, queries, batchSize, device, rows, failures } = comparison
  const table = textTable(
    ['index', 'parameters', `recall@${k} against exact`, 'queries/s', 'p50 ms', 'p99 ms', 'build s', 'MiB'],
    rows.map((row) => [
      row.factory,
      parametersText(row.parameters),
      row.recallAgainstExact.toFixed(4),
      significant(row.queriesPerSecond),
      significant(row.latency.p50),
      significant(row.latency.p99),
      significant(row.trainSeconds + row.addSeconds),
      significant(row.memoryBytes / 2 ** 20),
    ]),
  )
  const facts = `${count} vectors of ${dimension} dimensions, ${metric}; ${queries} queries, ${batchSize} a call; ${device}`
  const notes = failures.map(
    ({ factory, parameters, message }) =>
      `${[factory, parametersText(parameters)].join(' ').trim()}: ${message}`,
  )
  return [table, facts, ...notes].join('\n')
}

/** `{ nprobe: 16 }` as "nprobe 16". */
export function parametersText(parameters: IndexParameters): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
}

/** Three significant digits, without an exponent. */
export function significant(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value)
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))
  return value.toFixed(Math.min(digits, 6))
}
