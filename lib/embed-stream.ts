import { types } from 'node:util'

import { describe, misuseMessage, wrongType } from './errors'

export interface StreamOptions {
  batchSize: number
  /** Batches read ahead of the consumer, at work or finished. */
  batchesAhead: number
  signal: AbortSignal | undefined
}

/** Throws TypeError unless texts can be read from `source`; a string would be read letter by letter. */
export function checkTextSource(source: unknown): void {
  const expected = 'an iterable or async iterable of strings'
  if (typeof source === 'string')
    throw wrongType('texts', expected, source, 'For one text, call embed or give [text].')
  if (
    typeof source !== 'object' ||
    source === null ||
    !(Symbol.asyncIterator in source || Symbol.iterator in source)
  )
    throw wrongType('texts', expected, source)
}

/**
 * Reads batches of texts from `source`, works on up to `batchesAhead` of them at once, and yields the results
 * in order. A batch is read only when an earlier result was asked for, so memory stays bounded by
 * batchesAhead + 1 batches.
 *
 * Texts that were read before an error of the source come out before the error. When the consumer stops
 * early, or on an error, work in flight is aborted and waited for, and the source's return() is called.
 */
export async function* inBatches<T>(
  source: Iterable<string> | AsyncIterable<string>,
  options: StreamOptions,
  work: (texts: string[], signal: AbortSignal) => Promise<T>,
): AsyncGenerator<T, void, undefined> {
  options.signal?.throwIfAborted()
  const reader = new BatchReader(source, options.batchSize)
  const stop = new AbortController()
  const working = new Set<Promise<unknown>>()
  let reject: (reason: unknown) => void = () => {}
  const onAbort = () => {
    stop.abort(options.signal!.reason)
    reject(options.signal!.reason)
  }
  options.signal?.addEventListener('abort', onAbort, { once: true })

  let lastRead: Promise<string[]> = Promise.resolve([])
  const launch = (): Promise<T | undefined> => {
    const read = lastRead.catch(() => []).then(() => (stop.signal.aborted ? [] : reader.next()))
    lastRead = read
    const result = read.then(async (texts) => {
      if (texts.length === 0) return undefined
      const job = work(texts, stop.signal)
      working.add(job)
      try {
        return await job
      } finally {
        working.delete(job)
      }
    })
    result.catch(() => {}) // seen by whoever awaits it; a stream that ended early awaits no more
    return result
  }

  const ahead: Promise<T | undefined>[] = []
  try {
    while (ahead.length < options.batchesAhead) ahead.push(launch())
    for (;;) {
      // Not Promise.race against one abort promise: that would keep every result alive until the stream ends.
      const result = await new Promise<T | undefined>((resolve, rejectThis) => {
        reject = rejectThis
        if (stop.signal.aborted) rejectThis(stop.signal.reason)
        ahead.shift()!.then(resolve, rejectThis)
      })
      if (result === undefined) return
      ahead.push(launch())
      yield result
    }
  } finally {
    options.signal?.removeEventListener('abort', onAbort)
    stop.abort()
    await reader.close()
    await Promise.allSettled(working)
  }
}

/** Cuts an iterable into batches; one next() at a time. */
class BatchReader {
  readonly #iterator: Iterator<string> | AsyncIterator<string>
  readonly #async: boolean
  #pending = false
  #done = false
  #failure: { error: unknown } | undefined
  #position = 0

  constructor(
    source: Iterable<string> | AsyncIterable<string>,
    readonly batchSize: number,
  ) {
    this.#async = Symbol.asyncIterator in source
    this.#iterator =
      Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
  }

  /** The next texts; empty at the end. */
  async next(): Promise<string[]> {
    const texts: string[] = []
    try {
      while (!this.#done && texts.length < this.batchSize) {
        const text = this.#async
          ? await this.#nextLater()
          : this.#take(this.#iterator.next() as IteratorResult<string>)
        if (text !== undefined) texts.push(text)
      }
    } catch (error) {
      this.#done = true
      this.#failure = { error }
    }
    if (texts.length === 0 && this.#failure) {
      const { error } = this.#failure
      this.#failure = undefined
      throw error
    }
    return texts
  }

  /** Ends the source. One that is busy with next() is told, but not waited for: it may never answer. */
  async close(): Promise<void> {
    if (this.#done) return
    this.#done = true
    const closed = Promise.resolve(this.#iterator.return?.()).catch(() => {})
    if (!this.#pending) await closed
  }

  async #nextLater(): Promise<string | undefined> {
    this.#pending = true
    try {
      return this.#take(await (this.#iterator.next() as Promise<IteratorResult<string>>))
    } finally {
      this.#pending = false
    }
  }

  #take(result: IteratorResult<string>): string | undefined {
    if (result.done) {
      this.#done = true
      return undefined
    }
    const text: unknown = result.value
    if (typeof text === 'string') {
      this.#position++
      return text
    }
    const remedy = types.isPromise(text) ? 'Give an async iterable for texts that come later.' : undefined
    const error = new TypeError(misuseMessage(`texts[${this.#position}]`, 'a string', describe(text), remedy))
    void this.close() // an iterator that breaks its contract is still owed its end
    throw error
  }
}
