import { misuseMessage, wrongType } from './errors'

/** One vector. */
export type Vector = readonly number[] | Float32Array | Float64Array

/**
 * Cosine of the angle between two vectors, from -1 to 1: a.b / (|a| |b|). 0 where one of them is the zero
 * vector, which has no direction. Sums run in double precision.
 *
 * @throws TypeError for other types; RangeError for different lengths.
 */
export function cosineSimilarity(a: Vector, b: Vector): number {
  checkPair(a, b)
  let dot = 0
  let squaresA = 0
  let squaresB = 0
  for (let i = 0; i < a.length; i++) {
    const x = a[i]!
    const y = b[i]!
    dot += x * y
    squaresA += x * x
    squaresB += y * y
  }
  if (squaresA === 0 || squaresB === 0) return 0
  // Rounding may step over the ends of the range.
  return Math.max(-1, Math.min(1, dot / (Math.sqrt(squaresA) * Math.sqrt(squaresB))))
}

/**
 * Sum of a[i] b[i], in double precision.
 *
 * @throws TypeError for other types; RangeError for different lengths.
 */
export function dotProduct(a: Vector, b: Vector): number {
  checkPair(a, b)
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

/**
 * Length of a - b: the square root of the sum of squared differences, in double precision. (VectorIndex
 * scores of metric l2 are squared distances.)
 *
 * @throws TypeError for other types; RangeError for different lengths.
 */
export function euclideanDistance(a: Vector, b: Vector): number {
  checkPair(a, b)
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2
  return Math.sqrt(sum)
}

/**
 * Sum of absolute differences, in double precision.
 *
 * @throws TypeError for other types; RangeError for different lengths.
 */
export function manhattanDistance(a: Vector, b: Vector): number {
  checkPair(a, b)
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i]! - b[i]!)
  return sum
}

function checkPair(a: Vector, b: Vector): void {
  checkVector('a', a)
  checkVector('b', b)
  if (a.length !== b.length)
    throw new RangeError(
      misuseMessage('b', `a vector of the length of a (${a.length})`, `length ${b.length}`),
    )
}

/** Elements of a plain array are checked too: '2' * 3 would pass silently. */
function checkVector(option: string, value: Vector): void {
  if (ArrayBuffer.isView(value)) {
    const kind = (value as { [Symbol.toStringTag]?: string })[Symbol.toStringTag]
    if (kind === 'Float32Array' || kind === 'Float64Array') return
  }
  if (!Array.isArray(value))
    throw wrongType(option, 'an array of numbers, a Float32Array or a Float64Array', value)
  for (let i = 0; i < value.length; i++)
    if (typeof value[i] !== 'number') throw wrongType(`${option}[${i}]`, 'a number', value[i])
}
