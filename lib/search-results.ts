import { boolean, options as checkOptions, integer } from './checks'

/** One neighbour, or one document of a ranking. */
export interface Hit<Id = number> {
  id: Id
  /** What `VectorIndex.metric` says: larger is better for ip and cosine, smaller for l2 (squared) and l1. */
  score: number
}

/** Neighbours of `count` queries: row i holds the k best of query i, best first. */
export class SearchResults {
  /** count x k ids, row major; a row with fewer than k neighbours ends with -1. */
  readonly ids: BigInt64Array
  /** count x k scores; -Infinity (ip, cosine) or Infinity (l2, l1) where the id is -1. */
  readonly scores: Float32Array
  /** Number of queries. */
  readonly count: number
  /** Neighbours asked for. */
  readonly k: number
  /** Tokens of each query text, where the query was text (Retriever.search). */
  readonly tokenCounts: Int32Array | undefined

  constructor(ids: BigInt64Array, scores: Float32Array, count: number, k: number, tokenCounts?: Int32Array) {
    this.ids = ids
    this.scores = scores
    this.count = count
    this.k = k
    this.tokenCounts = tokenCounts
  }

  /**
   * Neighbours of query i, best first, without the -1 pads. With `bigint` the ids are bigints.
   *
   * @throws RangeError for i outside 0 .. count - 1, and, without `bigint`, for an id above
   *   Number.MAX_SAFE_INTEGER.
   */
  hits(i: number, options?: { bigint?: false }): Hit[]
  hits(i: number, options: { bigint: true }): Hit<bigint>[]
  hits(i: number, options?: { bigint?: boolean }): Hit[] | Hit<bigint>[] {
    integer('i', i, 0, this.count - 1)
    const { bigint = false } = checkOptions(options, ['bigint'], 'SearchResults.hits')
    boolean('bigint', bigint)
    const begin = i * this.k
    let end = begin
    while (end < begin + this.k && this.ids[end] !== -1n) end++
    return toHits(this.ids.subarray(begin, end), this.scores.subarray(begin, end), bigint)
  }
}

export function toHits(ids: BigInt64Array, scores: Float32Array, bigint: boolean): Hit[] | Hit<bigint>[] {
  const hits = Array.from(ids, (id, i): Hit<bigint> => ({ id, score: scores[i]! }))
  return bigint ? hits : hits.map(({ id, score }) => ({ id: safeNumber(id), score }))
}

function safeNumber(id: bigint): number {
  const number = Number(id)
  if (!Number.isSafeInteger(number))
    throw new RangeError(
      `densenode: id ${id} is above Number.MAX_SAFE_INTEGER. Call hits(i, { bigint: true }).`,
    )
  return number
}
