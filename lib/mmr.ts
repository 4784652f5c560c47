import * as check from './checks'
import { MAX_DIMENSION, MMR_LAMBDA } from './defaults'
import type { Embeddings } from './embeddings'
import { wrongRange } from './errors'
import type { Hit } from './search-results'
import { vectorData } from './vectors'

export interface MmrOptions {
  /** How many to choose; at most all are. */
  k: number
  /** From 0 (only unlike what is chosen already) to 1 (only like the query). Default: 0.5. */
  lambda?: number
}

/**
 * Chooses k candidates that are like the query and unlike each other, one after the other: the next is the
 * one with the largest lambda * cosine(candidate, query) - (1 - lambda) * (largest cosine(candidate, one
 * chosen before)). Takes about candidates * k * dimension multiplications on the calling thread (1,000
 * candidates of 384 dimensions, k 10: about 10 milliseconds).
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
export function maximalMarginalRelevance(
  query: Float32Array,
  candidates: Float32Array | Embeddings,
  options: MmrOptions,
): Hit[] {
  check.float32Array('query', query)
  const dimension = check.integer('query.length', query.length, 1, MAX_DIMENSION)
  const vectors = vectorData('candidates', candidates, dimension)
  const { k, lambda = MMR_LAMBDA } = check.options(options, ['k', 'lambda'], 'maximalMarginalRelevance')
  check.integer('k', k, 1, Number.MAX_SAFE_INTEGER)
  check.between('lambda', lambda, 0, 1)

  const count = vectors.length / dimension
  const inverse = inverseNorms('candidates', vectors, dimension)
  const queryNorm = inverseNorms('query', query, dimension)[0]!
  const relevance = new Float64Array(count)
  for (let row = 0; row < count; row++)
    relevance[row] = dot(vectors, row * dimension, query, 0, dimension) * inverse[row]! * queryNorm
  return [...chooseDiverse(relevance, vectors, dimension, k, lambda, inverse)]
}

/**
 * The choice itself, one after the other, for relevances of any origin on the scale of cosines; row i of
 * `vectors` has relevance[i].
 */
export function* chooseDiverse(
  relevance: ArrayLike<number>,
  vectors: Float32Array,
  dimension: number,
  k: number,
  lambda: number,
  inverse = inverseNorms('vectors', vectors, dimension),
): Generator<Hit, void, undefined> {
  const count = relevance.length
  const nearest = new Float64Array(count) // to any that was chosen
  const left = Array.from({ length: count }, (_, row) => row)
  for (let chosen = 1; chosen <= k && left.length > 0; chosen++) {
    let best = 0
    let score = -Infinity
    for (let i = 0; i < left.length; i++) {
      const row = left[i]!
      const value = lambda * relevance[row]! - (1 - lambda) * nearest[row]!
      if (value > score || (value === score && relevance[row]! > relevance[left[best]!]!)) {
        best = i
        score = value
      }
    }
    const [id] = left.splice(best, 1) as [number]
    yield { id, score }
    if (chosen === k || lambda === 1) continue
    for (const row of left) {
      const similarity =
        dot(vectors, row * dimension, vectors, id * dimension, dimension) * inverse[row]! * inverse[id]!
      if (chosen === 1 || similarity > nearest[row]!) nearest[row] = similarity
    }
  }
}

function inverseNorms(option: string, vectors: Float32Array, dimension: number): Float64Array {
  return Float64Array.from({ length: vectors.length / dimension }, (_, row) => {
    const squared = dot(vectors, row * dimension, vectors, row * dimension, dimension)
    if (!Number.isFinite(squared)) throw wrongRange(option, 'finite values', squared, `See row ${row}.`)
    return squared > 0 ? 1 / Math.sqrt(squared) : 0
  })
}

/** Four sums side by side: an addition does not wait for the one before. */
function dot(a: Float32Array, atA: number, b: Float32Array, atB: number, length: number): number {
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  let i = 0
  for (; i + 3 < length; i += 4) {
    s0 += a[atA + i]! * b[atB + i]!
    s1 += a[atA + i + 1]! * b[atB + i + 1]!
    s2 += a[atA + i + 2]! * b[atB + i + 2]!
    s3 += a[atA + i + 3]! * b[atB + i + 3]!
  }
  for (; i < length; i++) s0 += a[atA + i]! * b[atB + i]!
  return s0 + s1 + (s2 + s3)
}
