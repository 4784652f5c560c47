import type * as JobModule from '#lib/job'
import type * as TextListModule from '#lib/text-list'

/* The TypeScript side of a job, over stand-ins for the two native classes that it makes. */

class Cancellation {
  static made: Cancellation[] = []
  aborted = false
  constructor() {
    Cancellation.made.push(this)
  }
  abort() {
    this.aborted = true
  }
}

class TextList {
  texts: string[] = []
  slices = 0
  append(texts: readonly string[], begin: number, end: number) {
    this.texts.push(...texts.slice(begin, end))
    this.slices++
  }
}

jest.doMock('#lib/native', () => ({ native: () => ({ Cancellation, TextList }) }))
const { runJob, runSync } = require('#lib/job') as typeof JobModule
const { sliceEnd, textList, texts } = require('#lib/text-list') as typeof TextListModule

const nativeError = (code: string) => Object.assign(new Error('native'), { code })

/** An owner that counts as Lifetime does. */
function owner() {
  const state = { jobs: 0, most: 0 }
  return {
    state,
    begin() {
      state.most = Math.max(state.most, ++state.jobs)
    },
    end() {
      state.jobs--
    },
  }
}

beforeEach(() => {
  Cancellation.made = []
})

describe('runJob', () => {
  test('holds every owner until the end', async () => {
    const owners = [owner(), owner()]
    expect(await runJob(owners, undefined, async () => 5)).toBe(5)
    await expect(runJob(owners, undefined, () => Promise.reject(new Error('x')))).rejects.toThrow('x')
    for (const { state } of owners) expect(state).toEqual({ jobs: 0, most: 1 })
  })

  test('no signal, no native flag', async () => {
    await runJob([], undefined, async (abort) => expect(abort.cancellation()).toBeNull())
    expect(Cancellation.made).toHaveLength(0)
  })

  test('a native error rejects on the stack of who awaits', async () => {
    async function publicMethod() {
      return runJob([], undefined, async () => {
        await new Promise((resolve) => setImmediate(resolve))
        throw nativeError('FILE_CORRUPT')
      })
    }
    async function userCode() {
      await publicMethod()
    }
    const error = (await userCode().catch((error: unknown) => error)) as Error
    expect(error).toMatchObject({ name: 'DensenodeError', code: 'FILE_CORRUPT' })
    expect(error.stack).toMatch(/at (async )?userCode /)
  })

  test('an aborted signal rejects before any work', async () => {
    let begun = false
    const run = runJob([], AbortSignal.abort(), async () => {
      begun = true
    })
    await expect(run).rejects.toMatchObject({ name: 'AbortError' })
    expect(begun).toBe(false)
  })

  test('an abort reaches the native flag; the promise waits for native code and rejects with the reason', async () => {
    const controller = new AbortController()
    let endNative!: (error: Error) => void
    let settled = false
    const run = runJob([], controller.signal, (abort) => {
      abort.cancellation()
      return new Promise<never>((_, reject) => {
        endNative = reject
      })
    })
    run
      .catch(() => {})
      .finally(() => {
        settled = true
      })
    const reason = { any: 'value' }
    controller.abort(reason)
    await new Promise((resolve) => setImmediate(resolve))
    expect(Cancellation.made.map(({ aborted }) => aborted)).toEqual([true])
    expect(settled).toBe(false)
    endNative(nativeError('ABORTED'))
    await expect(run).rejects.toBe(reason)
  })

  test('the reason comes through as it is, even one that looks native', async () => {
    const controller = new AbortController()
    const reason = nativeError('ABORTED')
    const run = runJob([], controller.signal, async (abort) => {
      controller.abort(reason)
      abort.throwIfStopped()
    })
    await expect(run).rejects.toBe(reason)
  })

  test('an abort that comes too late changes nothing', async () => {
    const controller = new AbortController()
    const run = runJob([], controller.signal, async () => {
      controller.abort()
      return 'done'
    })
    expect(await run).toBe('done')
  })

  test('another failure of a job that was also aborted is not hidden', async () => {
    const controller = new AbortController()
    const run = runJob([], controller.signal, async () => {
      controller.abort()
      throw nativeError('OUT_OF_MEMORY')
    })
    await expect(run).rejects.toMatchObject({ code: 'OUT_OF_MEMORY' })
  })

  test('ABORTED without a signal (the end of a worker) is a DensenodeError', async () => {
    await expect(runJob([], undefined, () => Promise.reject(nativeError('ABORTED')))).rejects.toMatchObject({
      name: 'DensenodeError',
      code: 'ABORTED',
    })
  })

  test('the listener is gone at the end', async () => {
    const { signal } = new AbortController()
    let listeners = 0
    const add = signal.addEventListener.bind(signal) as (...args: unknown[]) => void
    const remove = signal.removeEventListener.bind(signal) as (...args: unknown[]) => void
    Object.assign(signal, {
      addEventListener: (...args: unknown[]) => {
        listeners++
        add(...args)
      },
      removeEventListener: (...args: unknown[]) => {
        listeners--
        remove(...args)
      },
    })
    await runJob([], signal, async () => expect(listeners).toBe(1))
    await runJob([], signal, () => Promise.reject(new Error('x'))).catch(() => {})
    expect(listeners).toBe(0)
  })

  test('runSync converts what native code throws', () => {
    expect(() =>
      runSync(() => {
        throw nativeError('INVALID_ARGUMENT')
      }),
    ).toThrow('densenode: native')
  })
})

describe('texts', () => {
  const copy = (list: readonly string[], signal?: AbortSignal) =>
    runJob([], signal, (abort) => textList(list, abort)) as Promise<unknown> as Promise<TextList>

  test('one text is a list of one; other types are refused', () => {
    expect(texts('abc')).toEqual(['abc'])
    for (const value of [undefined, null, 5, {}, new Set(['a'])])
      expect(() => texts(value as never)).toThrow('option "texts": expected a string or an array of strings')
  })

  test('a short list is one slice', async () => {
    const list = await copy(['a', '', 'c'])
    expect(list.texts).toEqual(['a', '', 'c'])
    expect(list.slices).toBe(1)
    expect((await copy([])).slices).toBe(0)
  })

  test('a long list crosses in slices of 2,000 with turns of the event loop between', async () => {
    const many = Array.from({ length: 7_001 }, (_, i) => `text ${i}`)
    let turns = 0
    const count = () => {
      turns++
      handle = setImmediate(count)
    }
    let handle = setImmediate(count)
    const list = await copy(many)
    clearImmediate(handle)
    expect(list.texts).toEqual(many)
    expect(list.slices).toBe(4)
    expect(turns).toBeGreaterThanOrEqual(3)
  })

  test('long texts make shorter slices, at least one text each', () => {
    const long = 'x'.repeat(1 << 20)
    expect(sliceEnd([long, long, 'y'], 0, 3)).toBe(1)
    expect(sliceEnd(['y', long, long], 0, 3)).toBe(2)
    expect(sliceEnd([long + long], 0, 1)).toBe(1)
  })

  test('the first element that is not a string is named, wherever it stands', async () => {
    const many: unknown[] = Array.from({ length: 5_000 }, () => 'x')
    many[4_321] = 7
    await expect(copy(many as string[])).rejects.toThrow(
      new TypeError('densenode: option "texts[4321]": expected a string, got 7 (number).'),
    )
    // biome-ignore lint/suspicious/noSparseArray: a hole is what is tested
    await expect(copy(['a', , 'c'] as string[])).rejects.toThrow(
      'option "texts[1]": expected a string, got undefined',
    )
  })

  test('an abort between slices stops the copying', async () => {
    const controller = new AbortController()
    const many = Array.from({ length: 100_000 }, () => 'x')
    const run = copy(many, controller.signal)
    setImmediate(() => controller.abort(new Error('enough')))
    await expect(run).rejects.toThrow('enough')
  })
})
