import { didYouMean } from '../checks'
import { wrongRange, wrongType } from '../errors'
import type { Hit } from '../search-results'

/**
 * Metrics of relevance against judgements. A grade of 1 and more is relevant; grades below 0 count as 0. R:
 * relevant documents of the query, k: the cut-off, or the length of the ranking without one.
 *
 * - `recall`: relevant among the first k, divided by R
 * - `precision`: relevant among the first k, divided by k, also where fewer were found
 * - `hit_rate`: 1 where a relevant one is among the first k, else 0
 * - `mrr`: 1 / rank of the first relevant one, 0 where there is none among the first k
 * - `map`: sum of the precisions at the relevant ones among the first k, divided by R
 * - `ndcg`: gain grade / log2(rank + 1), summed over the first k, divided by the largest such sum that the
 *   judgements allow (linear gain: Järvelin and Kekäläinen, TOIS 2002)
 * - `ndcg_burges`: the same with the gain 2^grade - 1 (exponential gain: Burges and others, ICML 2005). Where
 *   all grades are 0 and 1 the two are the same.
 *
 * Each equals what trec_eval gives (recall, P, success, recip_rank, map_cut, ndcg_cut), and ndcg_burges what
 * ranx gives.
 */
export type MetricName = 'recall' | 'precision' | 'hit_rate' | 'mrr' | 'map' | 'ndcg' | 'ndcg_burges'
/** With a cut-off, such as `'ndcg@10'`, or over all that was found. */
export type RelevanceMetric = MetricName | `${MetricName}@${number}`

/** A query as metrics see it. */
export interface Judged {
  /** Grade of each document found, best first; at least 0. */
  grades: readonly number[]
  /** The grades of all relevant documents, largest first. */
  relevant: readonly number[]
}

export function judge(ranking: readonly Hit<string>[], grades: ReadonlyMap<string, number>): Judged {
  return {
    grades: ranking.map(({ id }) => Math.max(0, grades.get(id) ?? 0)),
    relevant: [...grades.values()].filter((grade) => grade > 0).sort((a, b) => b - a),
  }
}

type Metric = (judged: Judged, k: number) => number

const hitsOf = ({ grades }: Judged, k: number) => grades.slice(0, k).filter((grade) => grade > 0).length

const dcg = (grades: readonly number[], k: number, gain: (grade: number) => number) =>
  grades.slice(0, k).reduce((sum, grade, i) => sum + gain(grade) / Math.log2(i + 2), 0)

const ndcg =
  (gain: (grade: number) => number): Metric =>
  ({ grades, relevant }, k) =>
    dcg(grades, k, gain) / dcg(relevant, k, gain)

const METRICS: Record<MetricName, Metric> = {
  recall: (judged, k) => hitsOf(judged, k) / judged.relevant.length,
  precision: (judged, k) => {
    const places = Number.isFinite(k) ? k : judged.grades.length
    return places === 0 ? 0 : hitsOf(judged, k) / places
  },
  hit_rate: (judged, k) => (hitsOf(judged, k) > 0 ? 1 : 0),
  mrr: ({ grades }, k) => {
    const first = grades.slice(0, k).findIndex((grade) => grade > 0)
    return first === -1 ? 0 : 1 / (first + 1)
  },
  map: ({ grades, relevant }, k) => {
    let found = 0
    let sum = 0
    for (const [i, grade] of grades.slice(0, k).entries()) if (grade > 0) sum += ++found / (i + 1)
    return sum / relevant.length
  },
  ndcg: ndcg((grade) => grade),
  ndcg_burges: ndcg((grade) => 2 ** grade - 1),
}

export interface ParsedMetric {
  name: RelevanceMetric
  /** Infinity without a cut-off. */
  k: number
  /** Of one query; 0 where no document is relevant to it, as in trec_eval. */
  score(judged: Judged): number
}

const NAMES = Object.keys(METRICS) as MetricName[]

/** Throws for what is not an array of names of metrics. */
export function parseMetrics(metrics: readonly RelevanceMetric[]): ParsedMetric[] {
  if (!Array.isArray(metrics)) throw wrongType('metrics', 'an array of names such as "ndcg@10"', metrics)
  if (metrics.length === 0) throw wrongRange('metrics', 'at least one', metrics)
  return metrics.map((name: unknown, i) => parse(name, `metrics[${i}]`))
}

function parse(name: unknown, option: string): ParsedMetric {
  const expected = `one of ${NAMES.join(', ')}, alone or with a cut-off as in "ndcg@10"`
  if (typeof name !== 'string') throw wrongType(option, expected, name)
  const [, word = '', cutOff] = /^([^@]*)(?:@([1-9]\d{0,8}))?$/.exec(name) ?? []
  if (!NAMES.includes(word as MetricName))
    throw wrongRange(option, expected, name, didYouMean(word || (name.split('@')[0] ?? ''), NAMES))
  const metric = METRICS[word as MetricName]
  const k = cutOff === undefined ? Number.POSITIVE_INFINITY : Number(cutOff)
  return {
    name: name as RelevanceMetric,
    k,
    score: (judged) => (judged.relevant.length === 0 ? 0 : metric(judged, k)),
  }
}
