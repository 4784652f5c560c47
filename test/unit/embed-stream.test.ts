import { checkTextSource, inBatches } from '#lib/embed-stream'

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** Work that ends when told to, and counts what is at work. */
function workshop() {
  const started: string[][] = []
  const ends: (() => void)[] = []
  let aborted = 0
  const work = (texts: string[], signal: AbortSignal) =>
    new Promise<string>((resolve, reject) => {
      started.push(texts)
      ends.push(() => resolve(texts.join('+')))
      signal.addEventListener('abort', () => {
        aborted++
        reject(signal.reason)
      })
    })
  return { started, ends, work, aborted: () => aborted }
}

const atOnce = async (texts: string[]) => texts.join('+')
const options = { batchSize: 2, batchesAhead: 2, signal: undefined }

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const each of stream) all.push(each)
  return all
}

async function* later(...texts: string[]) {
  for (const text of texts) {
    await turn()
    yield text
  }
}

describe('batches', () => {
  test.each([
    ['an array', ['a', 'b', 'c', 'd', 'e']],
    ['a set', new Set(['a', 'b', 'c', 'd', 'e'])],
    ['an async generator', later('a', 'b', 'c', 'd', 'e')],
  ])('%s comes out in order, the last batch short', async (_name, source) => {
    expect(await collect(inBatches(source, options, atOnce))).toEqual(['a+b', 'c+d', 'e'])
  })

  test('nothing in, nothing out', async () => {
    expect(await collect(inBatches([], options, atOnce))).toEqual([])
    expect(await collect(inBatches(later(), options, atOnce))).toEqual([])
  })

  test('results keep their order when work ends in another', async () => {
    const { ends, work } = workshop()
    const stream = inBatches(['a', 'b', 'c', 'd'], options, work)
    const first = stream.next()
    await turn()
    ends[1]!()
    await turn()
    ends[0]!()
    expect((await first).value).toBe('a+b')
    expect((await stream.next()).value).toBe('c+d')
    expect((await stream.next()).done).toBe(true)
  })
})

describe('backpressure', () => {
  test('reads no more than the consumer asks for', async () => {
    let read = 0
    function* endless() {
      for (;;) yield `${read++}`
    }
    const stream = inBatches(endless(), { ...options, batchesAhead: 3 }, atOnce)
    await turn()
    expect(read).toBe(0)
    await stream.next()
    for (let i = 0; i < 10; i++) await turn()
    expect(read).toBe(2 * 4) // one given out, three ahead
    await stream.next()
    for (let i = 0; i < 10; i++) await turn()
    expect(read).toBe(2 * 5)
    await stream.return()
  })

  test('a finished batch comes out while the source is still slow', async () => {
    async function* slow() {
      yield 'a'
      yield 'b'
      await new Promise(() => {})
    }
    const stream = inBatches(slow(), options, atOnce)
    expect((await stream.next()).value).toBe('a+b')
    await stream.return() // and leaving does not wait for a source that never answers
  })
})

describe('ends', () => {
  test('an early return aborts work in flight and closes the source', async () => {
    let closed = false
    function* source() {
      try {
        for (;;) yield 'x'
      } finally {
        closed = true
      }
    }
    const { ends, started, work, aborted } = workshop()
    const stream = inBatches(source(), options, work)
    const first = stream.next()
    await turn()
    ends[0]!()
    await first
    await turn()
    expect(started).toHaveLength(3)
    await stream.return()
    expect(closed).toBe(true)
    expect(aborted()).toBe(3) // the finished one ignores it
    await turn()
    expect(started).toHaveLength(3)
  })

  test('an error of the source comes after the texts before it', async () => {
    async function* source() {
      yield 'a'
      yield 'b'
      yield 'c'
      throw new Error('source broke')
    }
    const stream = inBatches(source(), options, atOnce)
    expect((await stream.next()).value).toBe('a+b')
    expect((await stream.next()).value).toBe('c')
    await expect(stream.next()).rejects.toThrow('source broke')
    expect((await stream.next()).done).toBe(true)
  })

  test('an error of the work comes in its place and stops the rest', async () => {
    const work = async (texts: string[]) => {
      if (texts[0] === 'c') throw new Error('work broke')
      return texts.join('+')
    }
    const stream = inBatches(['a', 'b', 'c', 'd', 'e', 'f'], options, work)
    expect((await stream.next()).value).toBe('a+b')
    await expect(stream.next()).rejects.toThrow('work broke')
    expect((await stream.next()).done).toBe(true)
  })

  test('a text that is not a string is named by its position in the whole stream', async () => {
    let closed = false
    function* source() {
      try {
        yield* ['a', 'b', 'c']
        yield 4 as never
        yield 'e'
      } finally {
        closed = true
      }
    }
    const stream = inBatches(source(), options, atOnce)
    expect((await stream.next()).value).toBe('a+b')
    expect((await stream.next()).value).toBe('c')
    const error = await stream.next().catch((error: unknown) => error)
    expect(error).toBeInstanceOf(TypeError)
    expect((error as Error).message).toContain('option "texts[3]": expected a string, got 4 (number)')
    expect(closed).toBe(true)
  })

  test('a signal ends it with its reason, even while the source hangs', async () => {
    async function* hanging() {
      yield 'a'
      await new Promise(() => {})
    }
    const controller = new AbortController()
    const stream = inBatches(hanging(), { ...options, signal: controller.signal }, atOnce)
    const next = stream.next()
    await turn()
    controller.abort(new Error('enough'))
    await expect(next).rejects.toThrow('enough')
  })

  test('a signal aborted between two results ends the next one', async () => {
    const controller = new AbortController()
    const stream = inBatches(['a', 'b', 'c', 'd'], { ...options, signal: controller.signal }, atOnce)
    await stream.next()
    controller.abort()
    await expect(stream.next()).rejects.toMatchObject({ name: 'AbortError' })
  })

  test('a signal aborted before reads nothing', async () => {
    let read = false
    function* source() {
      read = true
      yield 'a'
    }
    const stream = inBatches(source(), { ...options, signal: AbortSignal.abort() }, atOnce)
    await expect(stream.next()).rejects.toMatchObject({ name: 'AbortError' })
    expect(read).toBe(false)
  })
})

test('what texts can be read from', () => {
  checkTextSource([])
  checkTextSource(later())
  expect(() => checkTextSource('abc')).toThrow('For one text, call embed or give [text].')
  for (const source of [undefined, null, 5, {}, () => []])
    expect(() => checkTextSource(source)).toThrow(TypeError)
})
