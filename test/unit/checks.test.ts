import * as check from '#lib/checks'

/** The error that `body` throws. */
function thrown(body: () => unknown): Error {
  try {
    body()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was thrown')
}

describe('integer', () => {
  const k = (value: unknown) => thrown(() => check.integer('k', value, 1, 16_777_216))

  test('returns what is in range, ends included', () => {
    expect(check.integer('k', 1, 1, 9)).toBe(1)
    expect(check.integer('k', 9, 1, 9)).toBe(9)
  })

  test('RangeError for a number out of range, with the option, the range and the value', () => {
    for (const [value, shown] of [
      [0, '0 (number)'],
      [16_777_217, '16777217 (number)'],
      [1.5, '1.5 (number)'],
      [Number.NaN, 'NaN (number)'],
      [Infinity, 'Infinity (number)'],
    ] as const) {
      expect(k(value)).toBeInstanceOf(RangeError)
      expect(k(value).message).toBe(
        `densenode: option "k": expected an integer from 1 to 16777216, got ${shown}.`,
      )
    }
  })

  test('TypeError for another type', () => {
    for (const [value, shown] of [
      ['3', '"3" (string)'],
      [3n, '3n (bigint)'],
      [undefined, 'undefined'],
      [null, 'null'],
      [true, 'true (boolean)'],
      [[3], 'an array of length 1'],
    ] as const) {
      expect(k(value)).toBeInstanceOf(TypeError)
      expect(k(value).message).toContain(`option "k": expected an integer from 1 to 16777216, got ${shown}.`)
    }
  })

  test('the remedy ends the message', () => {
    const error = thrown(() =>
      check.integer('dimension', 385, 1, 384, 'The largest is the dimension of the model.'),
    )
    expect(error.message).toMatch(/got 385 \(number\)\. The largest is the dimension of the model\.$/)
  })
})

test('finite refuses NaN, infinities, other types and what is below the minimum', () => {
  expect(check.finite('x', -1.5)).toBe(-1.5)
  for (const value of [Number.NaN, Infinity, -Infinity])
    expect(thrown(() => check.finite('x', value))).toBeInstanceOf(RangeError)
  expect(thrown(() => check.finite('x', -0.1, 0)).message).toContain('a finite number of at least 0')
  expect(thrown(() => check.finite('x', '1'))).toBeInstanceOf(TypeError)
})

test('oneOf lists the closed set and guesses', () => {
  const metrics = ['ip', 'l2', 'cosine', 'l1'] as const
  expect(check.oneOf('metric', 'l2', metrics)).toBe('l2')
  const error = thrown(() => check.oneOf('metric', 'cosin', metrics))
  expect(error).toBeInstanceOf(RangeError)
  expect(error.message).toBe(
    'densenode: option "metric": expected one of "ip", "l2", "cosine", "l1", got "cosin" (string). ' +
      'Did you mean "cosine"?',
  )
  expect(thrown(() => check.oneOf('metric', undefined, metrics))).toBeInstanceOf(TypeError)
  expect(thrown(() => check.oneOf('metric', 'toString', metrics))).toBeInstanceOf(RangeError)
})

describe('options', () => {
  const known = ['pooling', 'normalize', 'maxTokens'] as const
  type Known = Partial<Record<(typeof known)[number], unknown>>
  const options = (value: unknown) => check.options<Known>(value as Known, known, 'EmbeddingModel.load')

  test('undefined is the empty object; objects come back as they are', () => {
    expect(options(undefined)).toEqual({})
    const given = { pooling: 'cls', normalize: undefined }
    expect(options(given)).toBe(given)
    expect(options(Object.create(null))).toEqual({})
  })

  test('an unknown name is refused with the nearest known one', () => {
    const error = thrown(() => options({ pooing: 'cls' }))
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toBe(
      'densenode: option "pooing": expected one of the options of EmbeddingModel.load, "pooling", "normalize", ' +
        '"maxTokens", got an unknown name. Did you mean "pooling"?',
    )
    expect(thrown(() => options({ maxtokens: 1 })).message).toContain('Did you mean "maxTokens"?')
    expect(thrown(() => options({ batch: 1 })).message).not.toContain('Did you mean')
    expect(thrown(() => options({ ['x'.repeat(100_000)]: 1 }))).toBeInstanceOf(TypeError)
  })

  test('anything but a plain object is a TypeError', () => {
    for (const value of [null, 5, 'cls', [], new Float32Array(1), () => {}])
      expect(thrown(() => options(value)).message).toContain(
        'option "options": expected an object with the options of EmbeddingModel.load',
      )
  })
})

test('path refuses what the system would misread', () => {
  expect(check.path('path', 'a/b')).toBe('a/b')
  expect(thrown(() => check.path('path', ''))).toBeInstanceOf(RangeError)
  expect(thrown(() => check.path('path', 'a\0b'))).toBeInstanceOf(RangeError)
  expect(thrown(() => check.path('path', new URL('file:///a')))).toBeInstanceOf(TypeError)
})

test('signal takes an AbortSignal or nothing', () => {
  const { signal } = new AbortController()
  expect(check.signal(signal)).toBe(signal)
  expect(check.signal(undefined)).toBeUndefined()
  for (const value of [null, {}, new AbortController(), 'abort'])
    expect(thrown(() => check.signal(value as AbortSignal)).message).toContain(
      'option "signal": expected an AbortSignal',
    )
})

describe('vectors', () => {
  const vectors = (value: unknown) => thrown(() => check.vectors('vectors', value, 4))

  test('a multiple of the dimension passes, views with a byteOffset too', () => {
    const array = new Float32Array(8)
    expect(check.vectors('vectors', array, 4)).toBe(array)
    const view = new Float32Array(new ArrayBuffer(100), 4, 4)
    expect(check.vectors('vectors', view, 4)).toBe(view)
    expect(check.vectors('vectors', new Float32Array(0), 4)).toHaveLength(0)
  })

  test('a length that is no multiple is a RangeError', () => {
    expect(vectors(new Float32Array(7))).toBeInstanceOf(RangeError)
    expect(vectors(new Float32Array(7)).message).toContain(
      'a multiple of the dimension 4, got Float32Array(7)',
    )
  })

  test('other types are named', () => {
    for (const [value, shown] of [
      [[1, 2, 3, 4], 'an array of length 4'],
      [new Float64Array(4), 'Float64Array(4)'],
      [new DataView(new ArrayBuffer(16)), 'an object of class DataView'],
      [{ length: 4 }, 'an object'],
    ] as const) {
      expect(vectors(value)).toBeInstanceOf(TypeError)
      expect(vectors(value).message).toContain(`expected a Float32Array, got ${shown}.`)
    }
  })

  test('shared, resizable and transferred memory is refused', () => {
    const shared = vectors(new Float32Array(new SharedArrayBuffer(16)))
    expect(shared).toBeInstanceOf(TypeError)
    expect(shared.message).toContain(
      'got a view of a SharedArrayBuffer. Native threads read and write it in place',
    )

    const Resizable = ArrayBuffer as unknown as new (length: number, options: object) => ArrayBuffer
    expect(vectors(new Float32Array(new Resizable(16, { maxByteLength: 32 }))).message).toContain(
      'of fixed size',
    )

    const moved = new Float32Array(4)
    structuredClone(moved.buffer, { transfer: [moved.buffer] })
    expect(vectors(moved)).toBeInstanceOf(TypeError)
    expect(vectors(moved).message).toContain('transferred away')
  })
})

describe('ids', () => {
  test('a BigInt64Array passes as it is, arrays are copied', () => {
    const array = new BigInt64Array([1n, 2n])
    expect(check.ids('ids', array, 2)).toBe(array)
    expect(check.ids('ids', [3, Number.MAX_SAFE_INTEGER])).toEqual(new BigInt64Array([3n, 2n ** 53n - 1n]))
    expect(check.ids('ids', [2n ** 63n - 2n])).toEqual(new BigInt64Array([2n ** 63n - 2n]))
  })

  test('what is not an id is named by its position', () => {
    for (const [value, type] of [
      [-1, RangeError],
      [0.5, RangeError],
      [2 ** 53, RangeError],
      [-1n, RangeError],
      [2n ** 63n - 1n, RangeError],
      ['1', TypeError],
      [undefined, TypeError],
    ] as const) {
      const error = thrown(() => check.ids('ids', [0, value]))
      expect(error).toBeInstanceOf(type)
      expect(error.message).toContain('option "ids[1]": expected an id')
    }
  })

  test('the count must be that of the vectors', () => {
    const error = thrown(() => check.ids('ids', [1, 2, 3], 2))
    expect(error).toBeInstanceOf(RangeError)
    expect(error.message).toContain('as many ids as there are vectors (2), got an array of length 3')
    expect(thrown(() => check.ids('ids', new Int32Array(2), 2))).toBeInstanceOf(TypeError)
  })
})

test('ids or none', () => {
  expect(check.idsOrNull('ids', undefined, 2)).toBeNull()
  expect(check.idsOrNull('ids', null, 2)).toBeNull()
  expect(check.idsOrNull('ids', [1, 2], 2)).toEqual(new BigInt64Array([1n, 2n]))
  expect(thrown(() => check.idsOrNull('ids', [1], 2, 'texts')).message).toContain('there are texts (2)')
})

test('what has another dimension is a RangeError with both', () => {
  const value = { dimension: 3 }
  expect(check.ofDimension('vectors', value, 3)).toBe(value)
  expect(thrown(() => check.ofDimension('adapter', value, 4, 'an adapter'))).toEqual(
    new RangeError('densenode: option "adapter": expected an adapter of dimension 4, got dimension 3.'),
  )
})

test('offsets go from 0 to the end', () => {
  const offsets = Int32Array.of(0, 2, 3)
  expect(check.offsets('offsets', offsets, 3, 'rows')).toBe(offsets)
  expect(check.offsets('offsets', Int32Array.of(0), 0, 'rows')).toHaveLength(1)
  for (const wrong of [Int32Array.of(), Int32Array.of(1, 3), Int32Array.of(0, 2)])
    expect(thrown(() => check.offsets('offsets', wrong, 3, 'rows'))).toBeInstanceOf(RangeError)
  expect(thrown(() => check.offsets('offsets', [0, 3], 3, 'rows'))).toBeInstanceOf(TypeError)
})

describe('devices', () => {
  const WORDS = ['auto', 'cpu', 'cuda'] as const
  const list = (value: unknown) => check.devices('device', value, WORDS)

  test('one device, alone or in an array', () => {
    for (const name of [...WORDS, 'cuda:0', 'cuda:12']) {
      expect(list(name)).toEqual([name])
      expect(list([name])).toEqual([name])
    }
  })

  test('several CUDA devices, in their order', () => {
    expect(list(['cuda:1', 'cuda:0', 'cuda:12'])).toEqual(['cuda:1', 'cuda:0', 'cuda:12'])
    expect(list(Object.freeze(['cuda', 'cuda:1']))).toEqual(['cuda', 'cuda:1'])
  })

  test('TypeError for what is no device', () => {
    for (const value of [0, null, undefined, {}, new Set(['cpu']), [['cuda:0']]])
      expect(thrown(() => list(value))).toBeInstanceOf(TypeError)
    const error = thrown(() => list(['cuda:0', 1]))
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toContain(
      'option "device[1]": expected one of "auto", "cpu", "cuda", "cuda:N", got 1',
    )
    // biome-ignore lint/suspicious/noSparseArray: what a caller may pass
    expect(thrown(() => list(['cuda:0', , 'cuda:1']))).toBeInstanceOf(TypeError)
  })

  test.each([
    [
      [],
      'option "device": expected a device or an array of different CUDA devices, got an array of length 0.',
    ],
    [['cuda:0', 'gpu'], 'option "device[1]": expected one of'],
    [
      ['cuda:0', 'cpu'],
      'option "device[1]": expected "cuda" or "cuda:N", as one of several devices, got "cpu"',
    ],
    [['cpu', 'cpu'], 'option "device[0]"'],
    [['cuda:1', 'auto'], 'Give "auto" alone, or leave it out.'],
    [['cuda:0', 'cuda:1', 'cuda:0'], 'that is not in the array yet (device[0] is "cuda:0"), got "cuda:0"'],
    [['cuda', 'cuda:0'], 'that is not in the array yet (device[0] is "cuda"), got "cuda:0"'],
    [['cuda:1', 'cuda:01'], 'option "device[1]"'],
  ])('RangeError for %j', (value, message) => {
    const error = thrown(() => list(value))
    expect(error).toBeInstanceOf(RangeError)
    expect(error.message).toContain(message)
  })
})
