import { integer, ofDimension } from './checks'
import { wrongType } from './errors'

/**
 * What is kept of each value of an embedding: 8 bits (`'int8'`, `'uint8'`), or its sign alone (`'binary'` in
 * signed bytes, `'ubinary'` in unsigned ones).
 */
export type Precision = 'int8' | 'uint8' | 'binary' | 'ubinary'

/** Embeddings in 8 bits or 1 bit a value, row i for embedding i; what quantizeEmbeddings gives. */
export class QuantizedEmbeddings {
  /** count x bytesPerEmbedding codes, row major: Int8Array for int8 and binary, else Uint8Array. */
  readonly data: Int8Array | Uint8Array
  readonly precision: Precision
  /** Values of one embedding before it was quantized. */
  readonly dimension: number
  /** Bytes of one row: the dimension in 8 bits, an eighth of it, rounded up, in 1 bit. */
  readonly bytesPerEmbedding: number
  readonly count: number
  /**
   * Of int8 and uint8: the lowest value of each dimension, then the highest, 2 x dimension in all. Keep them to
   * quantize further embeddings alike, and for rescore().
   */
  readonly ranges: Float32Array | undefined

  constructor(
    data: Int8Array | Uint8Array,
    precision: Precision,
    dimension: number,
    ranges: Float32Array | undefined,
  ) {
    this.data = data
    this.precision = precision
    this.dimension = dimension
    this.bytesPerEmbedding = bytesPerEmbedding(precision, dimension)
    this.count = data.length / this.bytesPerEmbedding
    this.ranges = ranges
  }

  /**
   * Codes of embedding i: a view into data, not a copy.
   *
   * @throws RangeError for i outside 0 .. count - 1.
   */
  row(i: number): Int8Array | Uint8Array {
    integer('i', i, 0, this.count - 1)
    return this.data.subarray(i * this.bytesPerEmbedding, (i + 1) * this.bytesPerEmbedding)
  }
}

export const PRECISIONS = ['int8', 'uint8', 'binary', 'ubinary'] as const

export function bytesPerEmbedding(precision: Precision, dimension: number): number {
  return isScalar(precision) ? dimension : Math.ceil(dimension / 8)
}

/** 8 bits a value, and not one. */
export function isScalar(precision: Precision): boolean {
  return precision === 'int8' || precision === 'uint8'
}

/** Quantized embeddings of `dimension`. */
export function checkQuantized(option: string, value: unknown, dimension: number): QuantizedEmbeddings {
  if (!(value instanceof QuantizedEmbeddings))
    throw wrongType(option, 'what quantizeEmbeddings gave, or a Float32Array', value)
  return ofDimension(option, value, dimension)
}
