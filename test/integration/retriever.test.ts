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
