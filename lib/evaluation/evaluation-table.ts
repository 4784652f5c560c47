import { significant } from './comparison-table'
import type { Evaluation } from './evaluate'
import { textTable } from './text-table'

/** Evaluations of the same queries as lines of text for a terminal, one a row under its name. */
export function evaluationTable(evaluations: Readonly<Record<string, Evaluation>>): string {
  const rows = Object.entries(evaluations)
  const metrics = [...new Set(rows.flatMap(([, { metrics }]) => Object.keys(metrics)))]
  const table = textTable(
    ['search', ...metrics, 'p50 ms', 'p90 ms', 'p95 ms', 'p99 ms', 'queries/s'],
    rows.map(([name, evaluation]) => [
      name,
      ...metrics.map((metric) => evaluation.metrics[metric]?.toFixed(4) ?? ''),
      ...(['p50', 'p90', 'p95', 'p99'] as const).map((p) => significant(evaluation.latency[p])),
      significant(evaluation.queriesPerSecond),
    ]),
  )
  const facts = rows
    .slice(0, 1)
    .map(([, { perQuery, batchSize }]) => `${perQuery.size} judged queries, ${batchSize} a call`)
  return [table, ...facts].join('\n')
}
