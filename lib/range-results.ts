import { boolean, options as checkOptions, integer } from './checks'
import { type Hit, toHits } from './search-results'

/** All neighbours of `count` queries within a radius: as many for each query as there are, best first. */
export class RangeResults {
  /** Ids, query after query. */
  readonly ids: BigInt64Array
  /** The score of each id. */
  readonly scores: Float32Array
  /** count + 1 positions: query i has `ids[offsets[i]]` to `ids[offsets[i + 1] - 1]`. */
  readonly offsets: Int32Array
  /** Number of queries. */
  readonly count: number

  constructor(ids: BigInt64Array, scores: Float32Array, offsets: Int32Array) {
    this.ids = ids
    this.scores = scores
    this.offsets = offsets
    this.count = offsets.length - 1
  }

  /**
   * Neighbours of query i, best first. With `bigint` the ids are bigints.
   *
   * @throws RangeError for i outside 0 .. count - 1, and, without `bigint`, for an id above
   *   Number.MAX_SAFE_INTEGER.
   */
  hits(i: number, options?: { bigint?: false }): Hit[]
  hits(i: number, options: { bigint: true }): Hit<bigint>[]
  hits(i: number, options?: { bigint?: boolean }): Hit[] | Hit<bigint>[] {
    integer('i', i, 0, this.count - 1)
    const { bigint = false } = checkOptions(options, ['bigint'], 'RangeResults.hits')
    boolean('bigint', bigint)
    const [begin, end] = [this.offsets[i]!, this.offsets[i + 1]!]
    return toHits(this.ids.subarray(begin, end), this.scores.subarray(begin, end), bigint)
  }
}
