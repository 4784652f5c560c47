import { DensenodeError, fromNative, isAborted, describe as shown } from '#lib/errors'

function nativeError(code: string, message = 'something went wrong'): Error {
  return Object.assign(new Error(message), { code })
}

test('DensenodeError carries name, code and cause', () => {
  const cause = new Error('why')
  const error = new DensenodeError('FILE_CORRUPT', 'the file is cut', { cause })
  expect(error).toBeInstanceOf(Error)
  expect(error.name).toBe('DensenodeError')
  expect(error.code).toBe('FILE_CORRUPT')
  expect(error.cause).toBe(cause)
  expect(String(error)).toBe('DensenodeError: the file is cut')
  expect(Object.keys(error)).toEqual(['code'])
})

test('received values are shown in a few words', () => {
  expect(shown('x'.repeat(500))).toBe(`"${'x'.repeat(60)}..." (string)`)
  expect(shown('a\n"b"')).toBe('"a\\n\\"b\\"" (string)')
  expect(shown(-0)).toBe('-0 (number)')
  expect(shown(Symbol('s'))).toBe('Symbol(s) (symbol)')
  expect(shown(function named() {})).toBe('the function named')
  expect(shown(new Map())).toBe('an object of class Map')
  expect(shown(Object.create(null))).toBe('an object')
  expect(shown(new BigInt64Array(3))).toBe('BigInt64Array(3)')
})

describe('fromNative', () => {
  test('INVALID_ARGUMENT becomes a RangeError', () => {
    const cause = nativeError('INVALID_ARGUMENT', 'row 3 has a NaN')
    const error = fromNative(cause) as RangeError
    expect(error).toBeInstanceOf(RangeError)
    expect(error.message).toBe('densenode: row 3 has a NaN')
    expect(error.cause).toBe(cause)
  })

  test('every other native code becomes a DensenodeError', () => {
    const cause = nativeError('MODEL_UNSUPPORTED')
    const error = fromNative(cause) as DensenodeError
    expect(error).toBeInstanceOf(DensenodeError)
    expect(error.code).toBe('MODEL_UNSUPPORTED')
    expect(error.cause).toBe(cause)
  })

  test('errors that are not native come back unchanged', () => {
    for (const error of [new TypeError('x'), nativeError('ENOENT'), 'text', undefined, new DOMException('x')])
      expect(fromNative(error)).toBe(error)
    const own = new DensenodeError('FILE_NOT_FOUND', 'x')
    expect(fromNative(own)).toBe(own)
  })

  test('isAborted knows the native ABORTED only', () => {
    expect(isAborted(nativeError('ABORTED'))).toBe(true)
    expect(isAborted(nativeError('DISPOSED'))).toBe(false)
    expect(isAborted(new DOMException('x', 'AbortError'))).toBe(false)
  })
})
