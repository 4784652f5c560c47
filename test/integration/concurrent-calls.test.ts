/* Calls that come while others are at work are done together; each gets what it would get alone. */
import * as path from 'node:path'

import { cosineSimilarity, EmbeddingModel, Retriever, VectorIndex } from 'densenode'

import { failure, fixtures, largestDifference, MINILM, randomVectors, references, TINY } from './support'

const minilm = references('minilm')
const DIMENSION = 24

describe('embed', () => {
  test('one text a call, all at once: what sentence-transformers says of each', async () => {
    const model = await EmbeddingModel.load(MINILM, { dtype: 'fp32' })
    const { rows, texts } = minilm.set('embeddings')
    const some = texts.slice(0, 100)
    const embeddings = await Promise.all(some.map((text) => model.embed(text)))
    const cosines = embeddings.map(({ data }, i) => cosineSimilarity(data, rows[i]))
    expect(Math.min(...cosines)).toBeGreaterThanOrEqual(0.9999)
    expect(embeddings.map(({ tokenCounts }) => tokenCounts[0])).toEqual(
      minilm.manifest.tokenCounts.slice(0, 100),
    )
    await model.dispose()
  })

  test('calls with other options do not mix', async () => {
    const model = await EmbeddingModel.load(TINY, { dtype: 'fp32' })
    const { texts } = references('models/tiny-bert-cls/reference')
    const options = [{}, { dimension: 8 }, { normalize: false }, { promptText: 'query: ' }]
    const calls = Array.from({ length: 200 }, (_, i) => ({
      text: texts[i % texts.length],
      given: options[i % options.length],
    }))
    // A call of many texts is a job of its own.
    const alone = await Promise.all(
      options.map((given) => model.embed([...texts, ...texts, ...texts], given)),
    )
    const together = await Promise.all(calls.map(({ text, given }) => model.embed(text, given)))
    for (const [i, { data, dimension }] of together.entries()) {
      const expected = alone[i % options.length].row(i % texts.length)
      expect(dimension).toBe(expected.length)
      for (const [j, value] of data.entries()) expect(value).toBeCloseTo(expected[j], 4)
    }
    await model.dispose()
  })

  test('a call that is stopped takes none with it; more than 1,024 wait; dispose() waits for all', async () => {
    const model = await EmbeddingModel.load(TINY)
    const controller = new AbortController()
    const calls = Array.from({ length: 3000 }, (_, i) =>
      model.embed(`text ${i}`, i % 3 === 0 ? { signal: controller.signal } : {}).then(
        () => 'done',
        (error: Error) => error.message,
      ),
    )
    expect(model.pendingCalls).toBe(3000)
    controller.abort(new Error('not needed'))
    const disposed = model.dispose()
    const ends = await Promise.all(calls)
    expect(ends.filter((_, i) => i % 3 !== 0).every((end) => end === 'done')).toBe(true)
    expect(new Set(ends.filter((_, i) => i % 3 === 0))).toEqual(new Set(['not needed']))
    await disposed
    expect(model.pendingCalls).toBe(0)
  })
})

test('a call that waits is about the texts that it was given, whatever becomes of the array', async () => {
  const model = await EmbeddingModel.load(TINY)
  const index = await VectorIndex.create({ dimension: model.dimension, metric: 'cosine' })
  const known = ['a text', 'another one']
  const expected = await model.embed(known)
  await index.add(expected)
  const retriever = new Retriever(model, index)
  const neighbours = await retriever.search(known, 1)
  const others = Array.from({ length: 1100 }, (_, i) => [
    model.embed(`text ${i}`),
    retriever.search(`${i}`, 1),
  ])
  const given = [[...known], [...known]]
  const [out, beyond] = [new Float32Array(4 * model.dimension), 2 * model.dimension]
  const waiting = [
    model.embed(given[0], { out: out.subarray(0, beyond) }),
    retriever.search(given[1], 1),
  ] as const
  given[0].push('a third', 'a fourth')
  given[1].length = 0
  const [embedded, found] = await Promise.all(waiting)
  expect(embedded.count).toBe(2)
  expect(largestDifference(embedded.data, expected.data)).toBeLessThan(1e-5)
  expect(out.subarray(beyond).every((value) => value === 0)).toBe(true)
  expect(found.ids).toEqual(neighbours.ids)
  await Promise.all(others.flat())
  await Promise.all([retriever, index, model].map((each) => each.dispose()))
})

describe('search', () => {
  const vectors = randomVectors(3000, DIMENSION, 1)
  const queries = randomVectors(200, DIMENSION, 2)
  const query = (i: number) => queries.subarray(i * DIMENSION, (i + 1) * DIMENSION)

  test.each(['Flat', 'IVF16,Flat', 'HNSW16'])('%s: one query a call, all at once', async (factory) => {
    const index = await VectorIndex.create({ dimension: DIMENSION, metric: 'l2', factory })
    if (!index.isTrained) await index.train(vectors)
    await index.add(vectors)
    const ks = [3, 10]
    const batches = await Promise.all(ks.map((k) => index.search(queries, k)))
    const lone = await Promise.all(Array.from({ length: 200 }, (_, i) => index.search(query(i), ks[i % 2])))
    for (const [i, { ids, scores }] of lone.entries()) {
      const k = ks[i % 2]
      expect(ids).toEqual(batches[i % 2].ids.subarray(i * k, (i + 1) * k))
      for (const [j, score] of scores.entries())
        expect(score).toBeCloseTo(batches[i % 2].scores[i * k + j], 3)
    }
    await index.dispose()
  })

  test('a query that is refused takes none with it', async () => {
    const index = await VectorIndex.create({ dimension: DIMENSION, metric: 'ip' })
    await index.add(vectors)
    const bad = query(0).slice().fill(Number.NaN, 3, 4)
    const calls = Array.from({ length: 100 }, (_, i) => index.search(i === 50 ? bad : query(i), 5))
    const ends = await Promise.allSettled(calls)
    expect(ends.map(({ status }) => status).indexOf('rejected')).toBe(50)
    expect(ends.filter(({ status }) => status === 'rejected')).toHaveLength(1)
    expect(await failure(() => calls[50])).toBeInstanceOf(RangeError)
    const batch = await index.search(queries, 5)
    for (const [i, end] of ends.entries())
      if (end.status === 'fulfilled') expect(end.value.ids).toEqual(batch.ids.subarray(i * 5, (i + 1) * 5))
    await index.dispose()
  })
})

describe('the cache of lone texts', () => {
  const load = () => EmbeddingModel.load(TINY, { cacheBytes: 1 << 20 })

  test('gives what the model gave, in arrays of the caller', async () => {
    const model = await load()
    const first = await model.embed('a text')
    const expected = first.data.slice()
    first.data.fill(0)
    const out = new Float32Array(model.dimension)
    const second = await model.embed(['a text'], { out })
    expect(second.data).toBe(out)
    expect(out).toEqual(expected)
    expect(second.tokenCounts).toEqual(first.tokenCounts)
    expect(model.embedSync('a text').data).toEqual(expected)
    await model.embed(['a text', 'another'])
    expect(model.cache).toMatchObject({ entries: 1, hits: 2, misses: 1, hitRate: 2 / 3, maxBytes: 1 << 20 })
    const stopped = model.embed('a text', { signal: AbortSignal.abort(new Error('not needed')) })
    await expect(stopped).rejects.toThrow('not needed')
    await model.dispose()
    await expect(model.embed('a text')).rejects.toThrow('disposed')
  })

  test('without it nothing is kept', async () => {
    const model = await EmbeddingModel.load(TINY)
    await model.embed('a text')
    expect(model.cache).toEqual({ entries: 0, bytes: 0, maxBytes: 0, hits: 0, misses: 0, hitRate: 0 })
    await model.dispose()
  })

  test('a Retriever uses it', async () => {
    const [model, plain] = await Promise.all([load(), EmbeddingModel.load(TINY)])
    const index = await VectorIndex.create({ dimension: model.dimension, metric: 'cosine' })
    const texts = Array.from({ length: 50 }, (_, i) => `the text of number ${i}`)
    await index.add(await plain.embed(texts))
    const retriever = new Retriever(model, index)
    const expected = await new Retriever(plain, index).search(texts[7], 5)
    for (let i = 0; i < 3; i++) {
      const { ids, scores, tokenCounts } = await retriever.search(texts[7], 5)
      expect({ ids, tokenCounts }).toEqual({ ids: expected.ids, tokenCounts: expected.tokenCounts })
      for (const [j, score] of scores.entries()) expect(score).toBeCloseTo(expected.scores[j], 5)
    }
    expect(model.cache).toMatchObject({ entries: 1, hits: 2, misses: 1 })
    await Promise.all([retriever, index, model, plain].map((each) => each.dispose()))
  })

  test('misuse', async () => {
    await expect(EmbeddingModel.load(TINY, { cacheBytes: -1 })).rejects.toThrow('option "cacheBytes"')
  })
})

describe('embedSync', () => {
  test('gives what embed gives', async () => {
    const model = await EmbeddingModel.load(path.join(fixtures, 'models', 'tiny-bert-cls'), { dtype: 'fp32' })
    const { texts, set } = references('models/tiny-bert-cls/reference')
    const { rows } = set('embeddings')
    const { data, tokenCounts, count } = model.embedSync(texts)
    const expected = await model.embed(texts)
    expect(count).toBe(texts.length)
    expect(tokenCounts).toEqual(expected.tokenCounts)
    for (const [i, row] of rows.entries())
      expect(cosineSimilarity(data.subarray(i * row.length, (i + 1) * row.length), row)).toBeGreaterThan(
        0.9999,
      )
    expect(model.embedSync([]).count).toBe(0)
    expect(model.embedSync('a', { dimension: 8, normalize: false }).dimension).toBe(8)
    await model.dispose()
    expect(() => model.embedSync('a')).toThrow('embedSync was called on a disposed EmbeddingModel')
  })

  test('misuse', async () => {
    const model = await EmbeddingModel.load(TINY)
    const given = (texts: unknown, options?: object) => () => model.embedSync(texts as string[], options)
    expect(given(7)).toThrow(TypeError)
    expect(given(['a', 7])).toThrow('texts[1]')
    expect(given('a', { signal: new AbortController().signal })).toThrow('option "signal"')
    expect(given('a', { dimension: 0 })).toThrow(RangeError)
    expect(given('a', { out: new Float32Array(3) })).toThrow('option "out"')
    await model.dispose()
  })
})
