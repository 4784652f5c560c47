import { EVALUATION_METRICS } from '../defaults'
import { wrongRange } from '../errors'
import { checkJudgements, type Judgements } from './dataset'
import { judge, parseMetrics, type RelevanceMetric } from './metrics'
import { checkRun, type Run } from './run'

export interface RunScores {
  /** Mean of each metric over all judged queries. */
  metrics: Record<string, number>
  /** Query id -> its metrics. */
  perQuery: Map<string, Record<string, number>>
  /** Judged queries for which nothing was found; they count with 0. */
  missing: number
}

/**
 * Holds what was found against judgements. The order of a ranking is that of its list; scores are not looked at.
 * Every judged query counts, with 0 where the run has nothing for it (trec_eval -c); queries without judgements do
 * not.
 *
 * @param metrics Such as `['ndcg@10', 'recall']`. Default: ndcg@10, mrr@10, map@100, recall@10, recall@100 and
 *   precision@10.
 */
export function scoreRun(
  run: Run,
  judgements: Judgements,
  metrics: readonly RelevanceMetric[] = EVALUATION_METRICS,
): RunScores {
  const parsed = parseMetrics(metrics)
  checkRun(run)
  checkJudgements('judgements', judgements)
  if (judgements.size === 0) throw wrongRange('judgements', 'at least one judged query', judgements)
  const perQuery = new Map<string, Record<string, number>>()
  let missing = 0
  for (const [query, grades] of judgements) {
    const ranking = run.get(query) ?? []
    if (ranking.length === 0) missing++
    const judged = judge(ranking, grades)
    perQuery.set(query, Object.fromEntries(parsed.map(({ name, score }) => [name, score(judged)])))
  }
  const mean = (name: string) =>
    [...perQuery.values()].reduce((sum, scores) => sum + scores[name]!, 0) / perQuery.size
  return { metrics: Object.fromEntries(parsed.map(({ name }) => [name, mean(name)])), perQuery, missing }
}
