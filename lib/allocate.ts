import { MAX_RESULT_LENGTH } from './defaults'

/**
 * What `make` makes: arrays of `length` values, which native code writes results into. Throws what `tooLong` gives
 * where they are too long, or memory is short.
 */
export function allocate<T>(length: number, make: (length: number) => T, tooLong: () => RangeError): T {
  try {
    if (length <= MAX_RESULT_LENGTH) return make(length)
  } catch {
    // Too long for this runtime, or no memory left.
  }
  throw tooLong()
}
