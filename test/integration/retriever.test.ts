import { EmbeddingModel, Retriever, VectorIndex } from 'densenode'

import { failure, largestDifference, MINILM, references, TINY } from './support'

const passages = references('minilm').texts.slice(42, 342)
const questions = ['an instrument that measures the speed of wind', 'a small domesticated feline', '']

let model: EmbeddingModel
let index: VectorIndex
let retriever: Retriever

beforeAll(async () => {
  model = await EmbeddingModel.load(MINILM)
  index = await VectorIndex.create({ dimension: model.dimension, metric: 'cosine' })
  await index.add(await model.embed(passages))
  retriever = new Retriever(model, index)
})
afterAll(() => Promise.all([model.dispose(), index.dispose()]))

test('equals embed and search', async () => {
  const embeddings = await model.embed(questions)
  const expected = await index.search(embeddings, 10)
  const results = await retriever.search(questions, 10)
  expect(results).toMatchObject({ count: 3, k: 10 })
  expect(results.ids).toEqual(expected.ids)
  expect(largestDifference(results.scores, expected.scores)).toBeLessThan(1e-4)
  expect(results.tokenCounts).toEqual(embeddings.tokenCounts)
})

test('a passage finds itself', async () => {
  const results = await retriever.search(passages, 1)
  const found = passages.filter((_, i) => passages[results.hits(i)[0].id] === passages[i])
  expect(found).toHaveLength(passages.length)
})

test('a filter', async () => {
  const results = await retriever.search(questions, 10, { filter: { from: 20, to: 60, exclude: [33] } })
  const expected = await index.search(await model.embed(questions), 300)
  const allowed = (id: number) => id >= 20 && id < 60 && id !== 33
  for (let i = 0; i < 3; i++) {
    const ids = expected.hits(i).map(({ id }) => id)
    expect(results.hits(i).map(({ id }) => id)).toEqual(ids.filter(allowed).slice(0, 10))
  }
})

test('one text is one row; no text is no row', async () => {
  expect((await retriever.search(questions[0], 3)).hits(0)).toHaveLength(3)
  expect((await retriever.search([], 3)).count).toBe(0)
})

test('the prompt "query" is taken where the model has it', async () => {
  const tiny = await EmbeddingModel.load(TINY)
  const small = await VectorIndex.create({ dimension: tiny.dimension, metric: 'cosine' })
  await small.add(await tiny.embed(passages))
  const search = async (options = {}) =>
    (await new Retriever(tiny, small).search(questions, 5, options)).scores
  const prompted = await small.search(await tiny.embed(questions, { prompt: 'query' }), 5)
  const plain = await small.search(await tiny.embed(questions), 5)
  expect(largestDifference(await search(), prompted.scores)).toBeLessThan(1e-4)
  expect(largestDifference(await search({ promptText: '' }), plain.scores)).toBeLessThan(1e-4)
  await Promise.all([tiny.dispose(), small.dispose()])
})

describe('add', () => {
  test('equals embed and add, with ids and without', async () => {
    const expected = await VectorIndex.create({ dimension: model.dimension, metric: 'cosine' })
    const own = await VectorIndex.create({ dimension: model.dimension, metric: 'cosine' })
    const ids = [30, 10, 20]
    await expected.add(await model.embed(passages.slice(0, 3)), ids)
    await expected.add(await model.embed(passages.slice(3, 50)))
    const adding = new Retriever(model, own)
    await adding.add(passages.slice(0, 3), ids)
    await adding.add(passages.slice(3, 50))
    await adding.add([])
    expect(own.count).toBe(50)
    for (const id of [30, 10, 20, 31, 77])
      expect(largestDifference(await own.reconstruct(id), await expected.reconstruct(id))).toBeLessThan(1e-5)
    expect((await adding.search(passages[1], 1)).hits(0)[0].id).toBe(10)
    await Promise.all([expected.dispose(), own.dispose()])
  })

  test('the prompt "passage" is taken where the model has it', async () => {
    const tiny = await EmbeddingModel.load(TINY)
    const prompt = Object.hasOwn(tiny.prompts, 'passage') ? tiny.prompts.passage : ''
    const stored = async (options = {}) => {
      const small = await VectorIndex.create({ dimension: tiny.dimension, metric: 'ip' })
      await new Retriever(tiny, small).add('a red apple', null, options)
      const vector = await small.reconstruct(0)
      await small.dispose()
      return vector
    }
    const embedded = async (promptText: string) => (await tiny.embed('a red apple', { promptText })).data
    expect(largestDifference(await stored(), await embedded(prompt))).toBeLessThan(1e-5)
    expect(largestDifference(await stored({ promptText: 'so: ' }), await embedded('so: '))).toBeLessThan(1e-5)
    await tiny.dispose()
  })

  test('all or none, and wrong arguments', async () => {
    const own = await VectorIndex.create({ dimension: model.dimension, metric: 'ip' })
    const adding = new Retriever(model, own)
    await adding.add('one', [5])
    expect((await failure(() => adding.add(['two', 'three'], [6, 5]))).message).toContain(
      'already in the index',
    )
    expect((await failure(() => adding.add(['two', 'three'], [6]))).message).toContain(
      'as many ids as there are texts (2)',
    )
    expect((await failure(() => adding.add(5 as never))).message).toContain('option "texts"')
    expect((await failure(() => adding.add('a', null, { prompt: 'none such' }))).message).toContain(
      'option "prompt"',
    )
    expect((await failure(() => adding.add('a', null, { onProgress() {} } as never))).message).toContain(
      'onProgress',
    )
    const controller = new AbortController()
    const many = Array.from({ length: 20_000 }, (_, i) => passages[i % 300])
    const add = adding.add(many, null, { signal: controller.signal })
    setTimeout(() => controller.abort(), 100)
    expect(await failure(() => add)).toMatchObject({ name: 'AbortError' })
    expect(own.count).toBe(1)
    await own.dispose()
    expect((await failure(() => adding.add('a'))).message).toContain('disposed')
  })
})

test('dimensions must agree, before any work', async () => {
  const other = await VectorIndex.create({ dimension: 383, metric: 'ip' })
  expect(() => new Retriever(model, other)).toThrow(
    new RangeError(
      'densenode: option "index": expected an index of the model\'s dimension 384, got dimension 383.',
    ),
  )
  await other.dispose()
})

test('wrong arguments', async () => {
  expect((await failure(() => retriever.search(5 as never, 1))).message).toContain('option "texts"')
  expect((await failure(() => retriever.search('a', 0))).message).toContain('option "k"')
  expect(await failure(() => retriever.search('a', 1, { parameters: { nprobe: 4 } }))).toBeInstanceOf(
    RangeError,
  )
  expect((await failure(() => retriever.search(['a', null] as never, 1))).message).toContain(
    'option "texts[1]"',
  )
})

test('abort', async () => {
  const controller = new AbortController()
  const many = Array.from({ length: 20_000 }, (_, i) => passages[i % 300])
  const search = retriever.search(many, 5, { signal: controller.signal })
  setTimeout(() => controller.abort(), 100)
  expect(await failure(() => search)).toMatchObject({ name: 'AbortError' })
})

test('dispose ends the retriever alone', async () => {
  const own = new Retriever(model, index)
  await own.dispose()
  expect((await failure(() => own.search('a', 1))).message).toBe(
    'densenode: Retriever.search was called on a disposed Retriever.',
  )
  expect((await retriever.search('a', 1)).count).toBe(1)
})
