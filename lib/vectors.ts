import * as check from './checks'
import { Embeddings } from './embeddings'

/** Row-major vectors of one dimension, one or more. Read in place, not copied. */
export type Vectors = Float32Array | Embeddings

/** The values of vectors that must have `dimension`. */
export function vectorData(option: string, value: Vectors, dimension: number): Float32Array {
  if (!(value instanceof Embeddings)) return check.vectors(option, value, dimension)
  return check.float32Array(option, check.ofDimension(option, value, dimension).data)
}
