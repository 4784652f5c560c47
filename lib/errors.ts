import { types } from 'node:util'

/**
 * Stable names of what can go wrong outside the caller's arguments; they do not change within a major
 * version, the texts of messages may.
 */
export type ErrorCode =
  | 'BINARY_NOT_LOADED'
  | 'FILE_NOT_FOUND'
  | 'FILE_UNREADABLE'
  | 'FILE_CORRUPT'
  | 'FILE_WRITE_FAILED'
  | 'MODEL_INVALID'
  | 'MODEL_UNSUPPORTED'
  | 'TOKENIZER_INVALID'
  | 'TOKENIZER_UNSUPPORTED'
  | 'INDEX_INVALID'
  | 'INDEX_UNSUPPORTED'
  | 'INDEX_NOT_TRAINED'
  | 'HUB_UNREACHABLE'
  | 'HUB_ACCESS_DENIED'
  | 'HUB_NOT_FOUND'
  | 'DISPOSED'
  | 'ABORTED'
  | 'OUT_OF_MEMORY'
  | 'DEVICE_UNAVAILABLE'
  | 'ENGINE_FAILED'

/**
 * A failure of a file, a model, an index or an engine. Wrong arguments are not of this class: they throw
 * TypeError (wrong type, closed object) or RangeError (right type, value out of range).
 *
 * `cause` is the error of the native layer, where there is one.
 */
export class DensenodeError extends Error {
  /** Stable name to match on, such as `'FILE_NOT_FOUND'`. */
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}
Object.defineProperty(DensenodeError.prototype, 'name', {
  value: 'DensenodeError',
  writable: true,
  configurable: true,
})

/** TypeError for `option`: the value is of a wrong type. */
export function wrongType(option: string, expected: string, received: unknown, remedy?: string): TypeError {
  return new TypeError(misuseMessage(option, expected, describe(received), remedy))
}

/** RangeError for `option`: the type is right, the value is not. */
export function wrongRange(option: string, expected: string, received: unknown, remedy?: string): RangeError {
  return new RangeError(misuseMessage(option, expected, describe(received), remedy))
}

/**
 * The one wording of misuse: `densenode: option "k": expected an integer from 1 to 10, got 0 (number).
 * Remedy.`
 */
export function misuseMessage(option: string, expected: string, received: string, remedy?: string): string {
  const message = `densenode: option "${option}": expected ${expected}, got ${received}.`
  return remedy ? `${message} ${remedy}` : message
}

const LONGEST_QUOTE = 60

/** A received value in a few words: `0 (number)`, `"abc" (string)`, `Float32Array(384)`, `null`. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  switch (typeof value) {
    case 'string': {
      const shown = value.length > LONGEST_QUOTE ? `${value.slice(0, LONGEST_QUOTE)}...` : value
      return `${JSON.stringify(shown)} (string)`
    }
    case 'number':
      return `${Object.is(value, -0) ? '-0' : value} (number)`
    case 'bigint':
      return `${value}n (bigint)`
    case 'boolean':
      return `${value} (boolean)`
    case 'function':
      return `the function ${value.name || '(anonymous)'}`
    case 'symbol':
      return `${String(value)} (symbol)`
  }
  if (Array.isArray(value)) return `an array of length ${value.length}`
  if (types.isTypedArray(value)) return `${value[Symbol.toStringTag]}(${value.length})`
  const name = Object.getPrototypeOf(value)?.constructor?.name
  return name && name !== 'Object' ? `an object of class ${name}` : 'an object'
}

/**
 * What the public API throws for an error of the native layer: RangeError for INVALID_ARGUMENT, else
 * DensenodeError, with the native error as its cause. An error that is not of the native layer comes back
 * unchanged.
 */
export function fromNative(error: unknown): unknown {
  const code = nativeCode(error)
  if (code === undefined) return error
  const cause = error as Error
  return code === 'INVALID_ARGUMENT'
    ? new RangeError(`densenode: ${cause.message}`, { cause })
    : new DensenodeError(code as ErrorCode, cause.message, { cause })
}

/** The native layer stopped because it was told to. */
export function isAborted(error: unknown): boolean {
  return nativeCode(error) === 'ABORTED'
}

/** The stable code of an error made by the native layer; undefined for every other error. */
function nativeCode(error: unknown): string | undefined {
  if (!types.isNativeError(error) || error instanceof DensenodeError) return undefined
  const code = (error as Error & { code?: unknown }).code
  return typeof code === 'string' && NATIVE_CODES.has(code) ? code : undefined
}

const NATIVE_CODES: ReadonlySet<string> = new Set<ErrorCode | 'INVALID_ARGUMENT'>([
  'INVALID_ARGUMENT',
  'FILE_NOT_FOUND',
  'FILE_UNREADABLE',
  'FILE_CORRUPT',
  'FILE_WRITE_FAILED',
  'MODEL_INVALID',
  'MODEL_UNSUPPORTED',
  'TOKENIZER_INVALID',
  'TOKENIZER_UNSUPPORTED',
  'INDEX_INVALID',
  'INDEX_UNSUPPORTED',
  'INDEX_NOT_TRAINED',
  'DISPOSED',
  'ABORTED',
  'OUT_OF_MEMORY',
  'DEVICE_UNAVAILABLE',
  'ENGINE_FAILED',
])
