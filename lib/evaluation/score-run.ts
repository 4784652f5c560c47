import { EVALUATION_METRICS } from '../defaults'
import { wrongRange } from '../errors'
import type { Hit } from '../search-results'
import { checkJudgements, type Judgements } from './dataset'
import { judge, type ParsedMetric, parseMetrics, type RelevanceMetric } from './metrics'
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
 * Holds what was found against judgements. The order of a ranking is that of its list; scores are not looked
 * at. Every judged query counts, with 0 where the run has nothing for it (trec_eval -c); queries without
 * judgements do not.
 *
 * @param metrics Such as `['ndcg@10', 'recall']`. Default: ndcg@10, mrr@10, map@100, recall@10, recall@100
 *   and precision@10.
 */
export function scoreRun(
  run: Run,
  judgements: Judgements,
  metrics: readonly RelevanceMetric[] = EVALUATION_METRICS,
): RunScores {
  const scorer = new RunScorer(metrics)
  checkRun(run)
  checkJudgements('judgements', judgements)
  if (judgements.size === 0) throw wrongRange('judgements', 'at least one judged query', judgements)
  for (const [query, grades] of judgements) scorer.add(query, run.get(query) ?? [], grades)
  return scorer.scores()
}

/** Scores query after query, for callers that give the event loop its turns. */
export class RunScorer {
  readonly #metrics: readonly ParsedMetric[]
  readonly #perQuery = new Map<string, Record<string, number>>()
  #missing = 0

  constructor(metrics: readonly RelevanceMetric[]) {
    this.#metrics = parseMetrics(metrics)
  }

  add(query: string, ranking: readonly Hit<string>[], grades: ReadonlyMap<string, number>): void {
    if (ranking.length === 0) this.#missing++
    const judged = judge(ranking, grades)
    this.#perQuery.set(
      query,
      Object.fromEntries(this.#metrics.map(({ name, score }) => [name, score(judged)])),
    )
  }

  scores(): RunScores {
    const perQuery = this.#perQuery
    const metrics: Record<string, number> = {}
    for (const { name } of this.#metrics) {
      let sum = 0
      for (const scores of perQuery.values()) sum += scores[name]!
      metrics[name] = sum / perQuery.size
    }
    return { metrics, perQuery, missing: this.#missing }
  }
}
