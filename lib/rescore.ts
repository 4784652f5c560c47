import * as check from './checks'
import { Embeddings } from './embeddings'
import { misuseMessage, wrongRange, wrongType } from './errors'
import { type JobOptions, runJob } from './job'
import { native } from './native'
import { checkQuantized, QuantizedEmbeddings } from './quantized-embeddings'
import { allocateResults } from './search'
import { SearchResults } from './search-results'
import { type Vectors, vectorData } from './vectors'

export interface RescoreOptions extends JobOptions {
  /** Results for each query, at most `candidates.k`. Default: `candidates.k`. */
  k?: number
}

/**
 * Puts the candidates of a coarse search in a better order: by the dot product of the float query with the
 * embedding as exactly as it is known. As sentence-transformers' semantic_search_faiss and
 * semantic_search_usearch rescore: 8-bit codes are brought back to their ranges, 1-bit codes count as 0 and 1.
 *
 * Search first for a few times k (2 to 10 times: measure the recall) in an index of fewer bits, then rescore
 * with more of them, which may be on disk or in another array.
 *
 * @param queries Float embeddings, one for each query of `candidates`.
 * @param candidates What a search gave; its ids are rows of `embeddings` from 0.
 * @param embeddings What quantizeEmbeddings gave, or floats. Read in place, and pinned until the promise settles.
 * @returns The best k of each query with their dot products for scores; rows with fewer end with id -1 and score
 *   -Infinity.
 *
 * @example
 * const candidates = await binary.search(queries, 100, { rescoreMultiplier: 1 })
 * const results = await rescore(queries, candidates, int8Passages, { k: 10 })
 *
 * @throws RangeError for a candidate that is no row of the embeddings.
 */
export async function rescore(
  queries: Vectors,
  candidates: SearchResults,
  embeddings: QuantizedEmbeddings | Vectors,
  options?: RescoreOptions,
): Promise<SearchResults> {
  if (!(candidates instanceof SearchResults)) throw wrongType('candidates', 'what a search gave', candidates)
  const given = check.options(options, ['k', 'signal'], 'rescore')
  const k = given.k === undefined ? candidates.k : check.integer('k', given.k, 1, candidates.k)
  const signal = check.signal(given.signal)
  const { count } = candidates
  const dimension = dimensionOf(queries, count)
  const query = vectorData('queries', queries, dimension)
  check.usableMemory('candidates.ids', candidates.ids)
  const quantized = embeddings instanceof QuantizedEmbeddings
  const data = quantized
    ? checkQuantized('embeddings', embeddings, dimension).data
    : vectorData('embeddings', embeddings, dimension)
  check.usableMemory('embeddings', data)
  const { ids, scores } = allocateResults('candidates', count, k)
  return await runJob([], signal, async (abort) => {
    await native().rescore(
      query,
      dimension,
      candidates.ids,
      candidates.k,
      data,
      quantized ? embeddings.precision : null,
      quantized ? (embeddings.ranges ?? null) : null,
      k,
      ids,
      scores,
      abort.cancellation(),
    )
    return new SearchResults(ids, scores, count, k)
  })
}

function dimensionOf(queries: Vectors, count: number): number {
  if (queries instanceof Embeddings) {
    if (queries.count === count) return queries.dimension
    throw new RangeError(
      misuseMessage('queries', `one for each query of the candidates (${count})`, `${queries.count}`),
    )
  }
  const { length } = check.float32Array('queries', queries, 'Or give the result of EmbeddingModel.embed.')
  if (count > 0 && length > 0 && length % count === 0) return length / count
  throw wrongRange(
    'queries',
    `a Float32Array with one row for each query of the candidates (${count})`,
    queries,
  )
}
