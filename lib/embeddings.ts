import { integer } from './checks'

/** Embeddings of texts, row i for text i; iterates over its rows. */
export class Embeddings implements Iterable<Float32Array> {
  /** count x dimension values, row major. The caller's `out` where one was given, not a copy. */
  readonly data: Float32Array
  readonly count: number
  readonly dimension: number
  /** Tokens that the model read of each text: after truncation, special tokens and prompt included. */
  readonly tokenCounts: Int32Array

  constructor(data: Float32Array, dimension: number, tokenCounts: Int32Array) {
    this.data = data
    this.count = tokenCounts.length
    this.dimension = dimension
    this.tokenCounts = tokenCounts
  }

  /**
   * Embedding of text i: a view into data, not a copy.
   *
   * @throws RangeError for i outside 0 .. count - 1.
   */
  row(i: number): Float32Array {
    integer('i', i, 0, this.count - 1)
    return this.data.subarray(i * this.dimension, (i + 1) * this.dimension)
  }

  *[Symbol.iterator](): IterableIterator<Float32Array> {
    for (let i = 0; i < this.count; i++) yield this.row(i)
  }
}
