import * as check from './checks'
import { INDEX_BYTE_CODES, MAX_DIMENSION, MAX_INT32 } from './defaults'
import { wrongRange, wrongType } from './errors'
import { type Candidate, candidates, type Situation } from './index-families'
import type { IndexParameters } from './index-parameters'
import { METRICS, type Metric } from './metric'
import { native } from './native'
import type { IndexDevice } from './vector-index-options'

export interface RecommendOptions {
  /** Vectors that the index will hold, 1 to 2147483647. */
  count: number
  /** Values of one vector, 1 to 65536. */
  dimension: number
  /** Default: `'cosine'`. */
  metric?: Metric
  /** Bytes that the index may take, in host memory or on the GPU. Default: no limit. */
  memoryBytes?: number
  /**
   * Share of the true 10 nearest neighbours that a search shall find, above 0, at most 1 (exact search).
   * Default: by count, 1 below 10,000, .98 below 100,000, .97 below 1,000,000, else .95. Exact search is
   * recommended wherever nothing that reaches it is faster.
   */
  recall?: number
  /** Where the index will be. Default: `'cpu'`. */
  device?: IndexDevice
  /**
   * As the index will be made: with `false`, vectors in fp32 take a fifth less, and what is recommended is what is fast
   * without codes. Default: true.
   */
  byteCodes?: boolean
}

export interface Recommendation {
  /** For VectorIndex.create, with `parameters`. */
  factory: string
  parameters: IndexParameters
  /** recall@10 to expect of embeddings; tune() measures that of your own. */
  recall: number
  /**
   * What `index.memoryBytes` will be after one add() of all vectors and, with `byteCodes`, the first searches;
   * after many small additions up to twice as much.
   */
  memoryBytes: number
  /** Vectors to give train(), chosen at random; 0: the family needs none. */
  trainingCount: number
  /** Seconds of one core for train() and add() together, within a factor of three or so. */
  buildSeconds: number
  /** Why this family, in a sentence or two. */
  reason: string
}

/** Where none reaches the recall, a fast search is worth this much of it. */
const NEARLY_AS_GOOD = 0.05

/** VectorIndex.recommend. */
export function recommend(options: RecommendOptions): Recommendation {
  if (options === undefined) throw wrongType('options', 'an object with "count" and "dimension"', options)
  const given = check.options(
    options,
    ['count', 'dimension', 'metric', 'memoryBytes', 'recall', 'device', 'byteCodes'],
    'VectorIndex.recommend',
  )
  const count = check.integer('count', given.count, 1, MAX_INT32)
  const dimension = check.integer('dimension', given.dimension, 1, MAX_DIMENSION)
  const metric = check.oneOf('metric', given.metric ?? 'cosine', METRICS)
  const onGpu = check.device('device', given.device ?? 'cpu', ['cpu', 'cuda'] as const) !== 'cpu'
  const recall = given.recall === undefined ? usualRecall(count) : check.share('recall', given.recall)
  const most = given.memoryBytes === undefined ? Infinity : check.finite('memoryBytes', given.memoryBytes, 0)
  const byteCodes = check.boolean('byteCodes', given.byteCodes ?? INDEX_BYTE_CODES)
  // The binary knows what it and this CPU keep.
  const byteCodeBytes: Situation['byteCodeBytes'] = (family, lists) =>
    byteCodes && !onGpu ? native().VectorIndex.byteCodeBytes({ family, lists, count, dimension, metric }) : 0
  const situation: Situation = { count, dimension, metric, recall, onGpu, byteCodeBytes }
  const all = candidates(situation)
  const fitting = all.filter(({ memoryBytes }) => memoryBytes <= most)
  if (fitting.length === 0) {
    const least = Math.min(...all.map(({ memoryBytes }) => memoryBytes))
    throw wrongRange('memoryBytes', `at least ${least}, the smallest index of these vectors`, most)
  }
  // Candidates come from the fastest to the slowest.
  const reaching = fitting.find((candidate) => candidate.recall >= recall)
  const best = Math.max(...fitting.map((candidate) => candidate.recall))
  const chosen = reaching ?? fitting.find((candidate) => candidate.recall >= best - NEARLY_AS_GOOD)!
  return { ...chosen, reason: explain(chosen, situation, most, reaching !== undefined) }
}

function usualRecall(count: number): number {
  return count < 10_000 ? 1 : count < 100_000 ? 0.98 : count < 1_000_000 ? 0.97 : 0.95
}

function explain(
  { reason, memoryBytes, recall: expected }: Candidate,
  { count, recall }: Situation,
  most: number,
  suffices: boolean,
): string {
  const size = `${count.toLocaleString('en')} vectors: ${reason}`
  const budget = most === Infinity ? '' : ` It takes ${bytes(memoryBytes)} of the ${bytes(most)} allowed.`
  const shortfall = suffices
    ? ''
    : ` No family within this memory reaches a recall of ${recall}: expect ${expected}.`
  return size + budget + shortfall
}

function bytes(value: number): string {
  return value < 2 ** 30
    ? `${(value / 2 ** 20).toPrecision(3)} MiB`
    : `${(value / 2 ** 30).toPrecision(3)} GiB`
}
