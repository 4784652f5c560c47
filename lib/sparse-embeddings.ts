import * as check from './checks'
import { misuseMessage, wrongRange, wrongType } from './errors'

/** One sparse vector: the weight of each token id that it has; all others are 0. */
export interface SparseVector {
  /** Ascending. */
  readonly tokenIds: Int32Array
  readonly weights: Float32Array
}

/**
 * Sparse embeddings of texts, row i for text i, as a matrix in compressed rows (CSR): what SparseEncoder.embed
 * gives and SparseIndex takes. Iterates over its rows.
 */
export class SparseEmbeddings implements Iterable<SparseVector> {
  /** count + 1 positions: row i has `tokenIds[offsets[i]]` to `tokenIds[offsets[i + 1] - 1]`. */
  readonly offsets: Int32Array
  /** Token ids, row after row, ascending within each. */
  readonly tokenIds: Int32Array
  /** The weight of each token id, above 0. */
  readonly weights: Float32Array
  readonly count: number

  /**
   * Of arrays from elsewhere, which are not copied.
   *
   * @throws TypeError or RangeError for arrays that do not fit each other.
   */
  constructor(offsets: Int32Array, tokenIds: Int32Array, weights: Float32Array) {
    this.tokenIds = check.int32Array('tokenIds', tokenIds)
    this.weights = check.float32Array('weights', weights)
    this.offsets = check.offsets('offsets', offsets, tokenIds.length, 'token ids')
    if (weights.length !== tokenIds.length)
      throw wrongRange('weights', `as many weights as there are token ids (${tokenIds.length})`, weights)
    this.count = offsets.length - 1
  }

  /**
   * Row i: views into tokenIds and weights, not copies.
   *
   * @throws RangeError for i outside 0 .. count - 1.
   */
  row(i: number): SparseVector {
    check.integer('i', i, 0, this.count - 1)
    const [begin, end] = [this.offsets[i], this.offsets[i + 1]]
    return { tokenIds: this.tokenIds.subarray(begin, end), weights: this.weights.subarray(begin, end) }
  }

  *[Symbol.iterator](): IterableIterator<SparseVector> {
    for (let i = 0; i < this.count; i++) yield this.row(i)
  }
}

/** Sum of the products of the weights that both vectors have, in double precision. */
export function sparseDotProduct(a: SparseVector, b: SparseVector): number {
  let sum = 0
  for (let i = 0, j = 0; i < a.tokenIds.length && j < b.tokenIds.length; ) {
    const [x, y] = [a.tokenIds[i]!, b.tokenIds[j]!]
    if (x === y) sum += a.weights[i++]! * b.weights[j++]!
    else if (x < y) i++
    else j++
  }
  return sum
}

export function checkSparse(option: string, value: unknown): SparseEmbeddings {
  if (!(value instanceof SparseEmbeddings)) throw wrongType(option, 'SparseEmbeddings', value)
  for (const array of [value.tokenIds, value.weights]) check.usableMemory(option, array)
  if (value.tokenIds.length === value.weights.length) return value
  throw new TypeError(misuseMessage(option, 'SparseEmbeddings with their memory', 'one that was transferred'))
}
