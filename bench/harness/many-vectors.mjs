// As many vectors as are asked for: real embeddings, then the same again with noise.
import { randomGenerator } from './wordnet.mjs'

export const DIMENSION = 384
/** Length of the noise beside vectors of norm 1: cosines of about .85 to the real one, as near neighbours have. */
const NOISE = 0.6

export class ManyVectors {
  #real
  #count

  /** real: row-major embeddings of norm 1. */
  constructor(real) {
    this.#real = real
    this.#count = real.length / DIMENSION
  }

  /** Rows from begin to before end, each the same in every call. */
  rows(begin, end) {
    const out = new Float32Array((end - begin) * DIMENSION)
    for (let row = begin; row < end; row++) {
      const from = (row % this.#count) * DIMENSION
      const vector = out.subarray((row - begin) * DIMENSION, (row - begin + 1) * DIMENSION)
      vector.set(this.#real.subarray(from, from + DIMENSION))
      if (row >= this.#count) disturb(vector, randomGenerator(row))
    }
    return out
  }
}

/** Adds uniform noise and brings the vector back to norm 1. */
function disturb(vector, random) {
  const scale = NOISE * Math.sqrt(3 / DIMENSION)
  let sum = 0
  for (let i = 0; i < DIMENSION; i++) {
    vector[i] += scale * (2 * random() - 1)
    sum += vector[i] * vector[i]
  }
  const norm = Math.sqrt(sum)
  for (let i = 0; i < DIMENSION; i++) vector[i] /= norm
}
