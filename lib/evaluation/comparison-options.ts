import * as check from '../checks'
import { COMPARISON_K, INDEX_DEVICE, MAX_DIMENSION } from '../defaults'
import { Embeddings } from '../embeddings'
import { misuseMessage, wrongRange } from '../errors'
import type { IndexDevice, Metric } from '../vector-index'
import type { Vectors } from '../vectors'
import type { IndexComparisonRow } from './compare-indexes'
import { checkCandidates, type IndexCandidate, usualCandidates } from './index-candidates'

export interface CompareIndexesOptions {
  /** Values of one vector; not needed for Embeddings. */
  dimension?: number
  /** Default: `'cosine'`. */
  metric?: Metric
  /** Neighbours of a query. Default: 10. */
  k?: number
  /** What to compare. Default: Flat and the usual families, with sizes that suit the number of vectors. */
  indexes?: readonly (string | IndexCandidate)[]
  /** What families that learn are trained with. Default: the vectors. */
  training?: Vectors
  /** Queries of one search call. Default: all in one. */
  batch?: number
  /** Default: `'cpu'`. */
  device?: IndexDevice | readonly IndexDevice[]
  /** Called as each row is there. */
  onRow?: (row: IndexComparisonRow) => void
  signal?: AbortSignal
}

export type ComparisonSettings = ReturnType<typeof checkComparison>

/** Options with their defaults; throws before any work starts. */
export function checkComparison(
  vectors: Vectors,
  queries: Vectors,
  options: CompareIndexesOptions | undefined,
) {
  const given = check.options(
    options,
    ['dimension', 'metric', 'k', 'indexes', 'training', 'batch', 'device', 'onRow', 'signal'],
    'compareIndexes',
  )
  const dimension = check.integer(
    'dimension',
    given.dimension ?? (vectors instanceof Embeddings ? vectors.dimension : undefined),
    1,
    MAX_DIMENSION,
  )
  const data = vectorsOf('vectors', vectors, dimension)
  const asked = vectorsOf('queries', queries, dimension)
  const count = data.length / dimension
  const queryCount = asked.length / dimension
  if (count === 0) throw wrongRange('vectors', 'at least one vector', data)
  if (queryCount === 0) throw wrongRange('queries', 'at least one query', asked)
  if (given.onRow !== undefined) check.func('onRow', given.onRow)
  const metric = check.oneOf('metric', given.metric ?? 'cosine', ['ip', 'l2', 'cosine', 'l1'] as const)
  return {
    vectors: data,
    queries: asked,
    training: given.training === undefined ? data : vectorsOf('training', given.training, dimension),
    dimension,
    metric,
    k: check.integer('k', given.k ?? COMPARISON_K, 1, count, 'There are no more vectors.'),
    candidates: checkCandidates(given.indexes ?? usualCandidates(count, dimension, metric)),
    batch: check.integer('batch', given.batch ?? queryCount, 1, queryCount),
    device: given.device ?? INDEX_DEVICE,
    onRow: given.onRow,
    signal: check.signal(given.signal),
  }
}

function vectorsOf(option: string, value: Vectors, dimension: number): Float32Array {
  if (!(value instanceof Embeddings)) return check.vectors(option, value, dimension)
  if (value.dimension !== dimension)
    throw new RangeError(
      misuseMessage(option, `embeddings of dimension ${dimension}`, `dimension ${value.dimension}`),
    )
  return value.data
}
