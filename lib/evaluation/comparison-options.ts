import * as check from '../checks'
import { COMPARISON_K, INDEX_DEVICE, MAX_DIMENSION } from '../defaults'
import { Embeddings } from '../embeddings'
import { wrongRange } from '../errors'
import { METRICS, type Metric } from '../metric'
import type { IndexDevice } from '../vector-index-options'
import { type Vectors, vectorData } from '../vectors'
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
  batchSize?: number
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
    ['dimension', 'metric', 'k', 'indexes', 'training', 'batchSize', 'device', 'onRow', 'signal'],
    'compareIndexes',
  )
  const dimension = check.integer(
    'dimension',
    given.dimension ?? (vectors instanceof Embeddings ? vectors.dimension : undefined),
    1,
    MAX_DIMENSION,
  )
  const data = vectorData('vectors', vectors, dimension)
  const asked = vectorData('queries', queries, dimension)
  const count = data.length / dimension
  const queryCount = asked.length / dimension
  if (count === 0) throw wrongRange('vectors', 'at least one vector', data)
  if (queryCount === 0) throw wrongRange('queries', 'at least one query', asked)
  if (given.onRow !== undefined) check.func('onRow', given.onRow)
  const metric = check.oneOf('metric', given.metric ?? 'cosine', METRICS)
  return {
    vectors: data,
    queries: asked,
    training: given.training === undefined ? data : vectorData('training', given.training, dimension),
    dimension,
    metric,
    k: check.integer('k', given.k ?? COMPARISON_K, 1, count, 'There are no more vectors.'),
    candidates: checkCandidates(given.indexes ?? usualCandidates(count, dimension, metric)),
    batchSize: check.integer('batchSize', given.batchSize ?? queryCount, 1, queryCount),
    device: given.device ?? INDEX_DEVICE,
    onRow: given.onRow,
    signal: check.signal(given.signal),
  }
}
