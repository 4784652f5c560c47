import * as check from './checks'
import { MAX_DIMENSION, MMR_LAMBDA } from './defaults'
import type { Embeddings } from './embeddings'
import { type JobOptions, runJob } from './job'
import { native } from './native'
import type { Hit } from './search-results'
import { vectorData } from './vectors'

export interface MmrOptions extends JobOptions {
  /** How many to choose; at most all are. */
  k: number
  /** From 0 (only unlike what is chosen already) to 1 (only like the query). Default: 0.5. */
  lambda?: number
}

/**
 * Chooses k candidates that are like the query and unlike each other, one after the other: the next is the
 * one with the largest lambda * cosine(candidate, query) - (1 - lambda) * (largest cosine(candidate, one
 * chosen before)). Takes candidates * k * dimension multiplications on one of densenode's threads; both arrays
 * are read in place and pinned until the promise settles.
 *
 * Source: Carbonell and Goldstein, "The use of MMR, diversity-based reranking for reordering documents and
 * producing summaries", SIGIR 1998.
 *
 * @param query One vector.
 * @param candidates Row-major vectors of the query's dimension, such as embeddings or what
 *   VectorIndex.reconstruct gives. The cosine of a vector of zeros is 0.
 * @returns The chosen in their order: `id` is the row of the candidate, `score` the value it was chosen with.
 *   Of equal values the more relevant candidate is chosen first, then the lower row.
 * @throws RangeError for NaN or infinity, with the row.
 */
export async function maximalMarginalRelevance(
  query: Float32Array,
  candidates: Float32Array | Embeddings,
  options: MmrOptions,
): Promise<Hit[]> {
  check.float32Array('query', query)
  const dimension = check.integer('query.length', query.length, 1, MAX_DIMENSION)
  const vectors = vectorData('candidates', candidates, dimension)
  const given = check.options(options, ['k', 'lambda', 'signal'], 'maximalMarginalRelevance')
  const k = check.integer('k', given.k, 1, Number.MAX_SAFE_INTEGER)
  const lambda = check.between('lambda', given.lambda ?? MMR_LAMBDA, 0, 1)
  return chooseDiverse({ query }, vectors, dimension, k, lambda, check.signal(given.signal))
}

/** The choice itself, also for relevances of any origin on the scale of cosines, one a vector. */
export function chooseDiverse(
  by: { query: Float32Array } | { relevance: Float64Array },
  vectors: Float32Array,
  dimension: number,
  k: number,
  lambda: number,
  signal: AbortSignal | undefined,
): Promise<Hit[]> {
  const { query, relevance } = { query: new Float32Array(0), relevance: new Float64Array(0), ...by }
  const count = Math.min(k, vectors.length / dimension)
  const rows = new Int32Array(count)
  const values = new Float64Array(count)
  return runJob([], signal, async (abort) => {
    const cancellation = abort.cancellation()
    await native().chooseDiverse(vectors, dimension, query, relevance, lambda, rows, values, cancellation)
    return Array.from(rows, (id, i) => ({ id, score: values[i]! }))
  })
}
