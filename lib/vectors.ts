import * as check from './checks'
import { Embeddings } from './embeddings'
import { misuseMessage } from './errors'

/** Row-major vectors of one dimension, one or more. Read in place, not copied. */
export type Vectors = Float32Array | Embeddings

/** The values of vectors that must have `dimension`. */
export function vectorData(option: string, value: Vectors, dimension: number): Float32Array {
  if (!(value instanceof Embeddings)) return check.vectors(option, value, dimension)
  if (value.dimension !== dimension)
    throw new RangeError(
      misuseMessage(option, `embeddings of dimension ${dimension}`, `dimension ${value.dimension}`),
    )
  return check.float32Array(option, value.data)
}
