import { cacheKey, EmbeddingCache } from '#lib/embedding-cache'
import { Embeddings } from '#lib/embeddings'
import type { LinearAdapter } from '#lib/linear-adapter'

const embedding = (value: number) => new Embeddings(Float32Array.of(value, value), 2, Int32Array.of(3))
const settings = { prompt: '', task: '', dimension: 2 }

/** Bytes of one entry with a key of one letter. */
function entryBytes(): number {
  const cache = new EmbeddingCache(1e6)
  cache.keep('a', embedding(1))
  return cache.statistics.bytes
}

test('keeps what fits, and lets the least recently used go', () => {
  const cache = new EmbeddingCache(3 * entryBytes())
  for (const [i, key] of ['a', 'b', 'c'].entries()) cache.keep(key, embedding(i))
  expect(cache.read('a')).toMatchObject({ data: Float32Array.of(0, 0), tokens: 3 })
  cache.keep('d', embedding(4))
  expect(cache.read('b')).toBeUndefined()
  for (const key of ['a', 'c', 'd']) expect(cache.read(key)).toBeDefined()
  expect(cache.statistics).toEqual({
    entries: 3,
    bytes: 3 * entryBytes(),
    maxBytes: 3 * entryBytes(),
    hits: 4,
    misses: 1,
    hitRate: 0.8,
  })
})

test('an entry that is kept again counts once; one that is larger than the cache is not kept', () => {
  const cache = new EmbeddingCache(2 * entryBytes())
  cache.keep('a', embedding(1))
  cache.keep('a', embedding(2))
  expect(cache.statistics).toMatchObject({ entries: 1, bytes: entryBytes() })
  expect(cache.read('a')!.data[0]).toBe(2)
  cache.keep('x'.repeat(1000), embedding(3))
  expect(cache.statistics.entries).toBe(1)
})

test("what is kept does not change with the caller's array", () => {
  const cache = new EmbeddingCache(1e4)
  const mine = embedding(1)
  cache.keep('a', mine)
  mine.data.fill(7)
  expect(cache.read('a')!.data[0]).toBe(1)
})

test('keys differ by everything that an embedding depends on', () => {
  const adapters = [{}, {}] as LinearAdapter[]
  const keys = [
    cacheKey('text', settings, undefined),
    cacheKey('text ', settings, undefined),
    cacheKey('ext', { ...settings, prompt: 't' }, undefined),
    cacheKey('ext', { ...settings, task: 't' }, undefined),
    cacheKey('text', { ...settings, dimension: 1 }, undefined),
    cacheKey('text', { ...settings, normalize: true }, undefined),
    cacheKey('text', { ...settings, normalize: false }, undefined),
    cacheKey('text', settings, adapters[0]),
    cacheKey('text', settings, adapters[1]),
  ]
  expect(new Set(keys).size).toBe(keys.length)
  expect(cacheKey('text', settings, adapters[0])).toBe(keys[7])
  expect(cacheKey(7, settings, undefined)).toBeUndefined()
})
