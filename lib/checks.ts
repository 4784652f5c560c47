import { types } from 'node:util'

import { misuseMessage, wrongRange, wrongType } from './errors'

/*
 * Small validators: each returns the value with its type, or throws what errors.ts words. `util.types` instead
 * of instanceof, so that values of other realms (vm contexts, test runners) pass.
 */

export function integer(option: string, value: unknown, min: number, max: number, remedy?: string): number {
  const expected = `an integer from ${min} to ${max}`
  if (typeof value !== 'number') throw wrongType(option, expected, value, remedy)
  if (!Number.isInteger(value) || value < min || value > max)
    throw wrongRange(option, expected, value, remedy)
  return value
}

export function finite(option: string, value: unknown, min = -Infinity, remedy?: string): number {
  const expected = min === -Infinity ? 'a finite number' : `a finite number of at least ${min}`
  if (typeof value !== 'number') throw wrongType(option, expected, value, remedy)
  if (!Number.isFinite(value) || value < min) throw wrongRange(option, expected, value, remedy)
  return value
}

export function between(option: string, value: unknown, min: number, max: number): number {
  const expected = `a number from ${min} to ${max}`
  if (typeof value !== 'number') throw wrongType(option, expected, value)
  if (!(value >= min && value <= max)) throw wrongRange(option, expected, value)
  return value
}

/** Part of a whole that may not be nothing. */
export function share(option: string, value: unknown): number {
  const expected = 'a number above 0, at most 1'
  if (typeof value !== 'number') throw wrongType(option, expected, value)
  if (!(value > 0 && value <= 1)) throw wrongRange(option, expected, value)
  return value
}

export function boolean(option: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw wrongType(option, 'a boolean', value)
  return value
}

export function string(option: string, value: unknown, remedy?: string): string {
  if (typeof value !== 'string') throw wrongType(option, 'a string', value, remedy)
  return value
}

export function func<T extends (...args: never[]) => unknown>(option: string, value: T): T {
  if (typeof value !== 'function') throw wrongType(option, 'a function', value)
  return value
}

/** A file path: not empty, no zero byte (the system would cut it there). */
export function path(option: string, value: unknown): string {
  const expected = 'a path: a string that is not empty and has no zero byte'
  if (typeof value !== 'string') throw wrongType(option, expected, value)
  if (value === '' || value.includes('\0')) throw wrongRange(option, expected, value)
  return value
}

export function oneOf<T extends string>(option: string, value: unknown, known: readonly T[]): T {
  const expected = `one of ${quoted(known)}`
  if (typeof value !== 'string') throw wrongType(option, expected, value)
  if (!(known as readonly string[]).includes(value))
    throw wrongRange(option, expected, value, didYouMean(value, known))
  return value as T
}

/** A device: one of `words`, or `cuda:N`. */
export function device<T extends string>(
  option: string,
  value: unknown,
  words: readonly T[],
): T | `cuda:${number}` {
  if (typeof value === 'string' && /^cuda:\d{1,4}$/.test(value)) return value as `cuda:${number}`
  const expected = `one of ${quoted([...words, 'cuda:N'])}`
  if (typeof value !== 'string') throw wrongType(option, expected, value)
  if (!(words as readonly string[]).includes(value))
    throw wrongRange(option, expected, value, didYouMean(value, words))
  return value as T
}

/** A device as above, or an array of them, all different and, where there are several, all GPUs. */
export function devices<T extends string>(
  option: string,
  value: unknown,
  words: readonly T[],
): (T | `cuda:${number}`)[] {
  if (!Array.isArray(value)) return [device(option, value, words)]
  const expected = 'a device or an array of different CUDA devices'
  if (value.length === 0) throw wrongRange(option, expected, value)
  const list = Array.from(value, (element, i) => device(`${option}[${i}]`, element, words))
  if (list.length === 1) return list
  const seen = new Map<number, number>()
  for (const [i, name] of list.entries()) {
    if (!name.startsWith('cuda'))
      throw wrongRange(
        `${option}[${i}]`,
        '"cuda" or "cuda:N", as one of several devices',
        name,
        `Give ${JSON.stringify(name)} alone, or leave it out.`,
      )
    const ordinal = Number(name.slice('cuda:'.length))
    const before = seen.get(ordinal)
    if (before !== undefined)
      throw wrongRange(
        `${option}[${i}]`,
        `a device that is not in the array yet (${option}[${before}] is ${JSON.stringify(list[before])})`,
        name,
      )
    seen.set(ordinal, i)
  }
  return list
}

/**
 * A plain object with known names only; undefined is the empty object. Names whose value is undefined are not
 * given.
 */
export function options<T extends object>(
  value: T | undefined,
  known: readonly (keyof T & string)[],
  of: string,
): T {
  if (value === undefined) return {} as T
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value))
    throw wrongType('options', `an object with the options of ${of}`, value)
  for (const name of Object.keys(value)) {
    if ((known as readonly string[]).includes(name)) continue
    const choice =
      known.length > 0 ? `one of the options of ${of}, ${quoted(known)}` : `no option, as ${of} has none`
    throw new TypeError(misuseMessage(name, choice, 'an unknown name', didYouMean(name, known)))
  }
  return value
}

export function signal(value: AbortSignal | undefined): AbortSignal | undefined {
  if (value === undefined) return undefined
  if (
    typeof value !== 'object' ||
    value === null ||
    typeof value.aborted !== 'boolean' ||
    !value.addEventListener
  )
    throw wrongType('signal', 'an AbortSignal', value)
  return value
}

const MEMORY_REMEDY = 'Native threads read and write it in place: copy it into a new array of fixed size.'

/** Memory that native threads may use in place: owned by one thread, of fixed size, not transferred away. */
export function usableMemory(option: string, array: NodeJS.TypedArray): void {
  const { buffer } = array
  const kind = array[Symbol.toStringTag]
  if (types.isSharedArrayBuffer(buffer))
    throw unusable(option, `a ${kind} over an ArrayBuffer`, 'a view of a SharedArrayBuffer', MEMORY_REMEDY)
  if ((buffer as { resizable?: boolean }).resizable)
    throw unusable(
      option,
      `a ${kind} over an ArrayBuffer of fixed size`,
      'a view of a resizable one',
      MEMORY_REMEDY,
    )
  if (array.byteLength === 0 && isDetached(buffer as ArrayBuffer))
    throw unusable(option, `a ${kind} with its memory`, 'one whose ArrayBuffer was transferred away')
}

function unusable(option: string, expected: string, received: string, remedy?: string): TypeError {
  return new TypeError(misuseMessage(option, expected, received, remedy))
}

/** ArrayBuffer.prototype.detached is newer than Node 20; a view of a detached buffer cannot be made. */
function isDetached(buffer: ArrayBuffer): boolean {
  if (buffer.byteLength > 0) return false
  try {
    new Uint8Array(buffer)
    return false
  } catch {
    return true
  }
}

export function float32Array(option: string, value: unknown, remedy?: string): Float32Array {
  if (!types.isFloat32Array(value)) throw wrongType(option, 'a Float32Array', value, remedy)
  usableMemory(option, value)
  return value
}

export function int32Array(option: string, value: unknown): Int32Array {
  if (!types.isInt32Array(value)) throw wrongType(option, 'an Int32Array', value)
  usableMemory(option, value)
  return value
}

export function uint8Array(option: string, value: unknown): Uint8Array {
  if (!types.isUint8Array(value)) throw wrongType(option, 'a Uint8Array', value)
  usableMemory(option, value)
  return value
}

/** Row-major vectors of `dimension` each. */
export function vectors(option: string, value: unknown, dimension: number): Float32Array {
  const array = float32Array(option, value, 'Or give the result of EmbeddingModel.embed.')
  if (array.length % dimension !== 0)
    throw wrongRange(option, `a Float32Array whose length is a multiple of the dimension ${dimension}`, array)
  return array
}

/** One below the largest 64-bit integer, so that a next id always exists. */
const MAX_ID = 2n ** 63n - 2n

/** One id: a safe integer or a bigint, at least 0. */
export function id(option: string, value: unknown): bigint {
  const expected = 'an id: a safe integer or a bigint from 0 to 2^63 - 2'
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value) || value < 0) throw wrongRange(option, expected, value)
    return BigInt(value)
  }
  if (typeof value !== 'bigint') throw wrongType(option, expected, value)
  if (value < 0n || value > MAX_ID) throw wrongRange(option, expected, value)
  return value
}

/**
 * A BigInt64Array as it is; numbers and bigints are copied into one. Native code checks a BigInt64Array's
 * values.
 */
export function ids(option: string, value: unknown, count?: number, of = 'vectors'): BigInt64Array {
  const expected = 'a BigInt64Array or an array of safe integers or bigints'
  if (!types.isBigInt64Array(value) && !Array.isArray(value)) throw wrongType(option, expected, value)
  if (count !== undefined && value.length !== count)
    throw wrongRange(option, `as many ids as there are ${of} (${count})`, value)
  if (types.isBigInt64Array(value)) {
    usableMemory(option, value)
    return value
  }
  const array = new BigInt64Array(value.length)
  for (let i = 0; i < value.length; i++) array[i] = id(`${option}[${i}]`, value[i])
  return array
}

/** The same, or null for none. */
export function idsOrNull(option: string, value: unknown, count: number, of?: string): BigInt64Array | null {
  return value === undefined || value === null ? null : ids(option, value, count, of)
}

/** What has a dimension, which must be `dimension`; `what` it is stands in the message. */
export function ofDimension<T extends { readonly dimension: number }>(
  option: string,
  value: T,
  dimension: number,
  what = 'embeddings',
): T {
  if (value.dimension === dimension) return value
  throw new RangeError(
    misuseMessage(option, `${what} of dimension ${dimension}`, `dimension ${value.dimension}`),
  )
}

/** Where rows begin and end: row i from offsets[i] to offsets[i + 1], the last up to `end`, the number of `of`. */
export function offsets(option: string, value: unknown, end: number, of: string): Int32Array {
  const array = int32Array(option, value)
  if (array.length === 0 || array[0] !== 0 || array.at(-1) !== end)
    throw wrongRange(option, `positions from 0 to the number of ${of} (${end})`, array)
  return array
}

function quoted(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name)).join(', ')
}

/** A question with the nearest known name, where one is near enough to be a slip of the pen. */
export function didYouMean(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined
  let bestDistance = (name.length <= 3 ? 1 : Math.max(2, Math.floor(name.length / 3))) + 1
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase().slice(0, 64), candidate.toLowerCase())
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance]
  }
  return best === undefined ? undefined : `Did you mean ${JSON.stringify(best)}?`
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      current.push(Math.min(previous[j]! + 1, current[j - 1]! + 1, substitution))
    }
    previous = current
  }
  return previous[b.length]!
}
