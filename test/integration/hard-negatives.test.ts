import { readFileSync } from 'node:fs'
import * as path from 'node:path'

import { EmbeddingModel, mineHardNegatives, Retriever, type SearchResults, VectorIndex } from 'densenode'

import { failure, fixtures, randomVectors, references, TINY } from './support'

interface Fixture {
  dimension: number
  documents: number[]
  queries: number[]
  positives: number[][]
  cases: (Record<string, number> & { negatives: [number, number][][] })[]
}
const fixture = JSON.parse(
  readFileSync(path.join(fixtures, 'training', 'hard_negatives.json'), 'utf8'),
) as Fixture
const { dimension, positives } = fixture
const queries = Float32Array.from(fixture.queries)
const documents = Float32Array.from(fixture.documents)
const first = positives.map(([id]) => id)

let index: VectorIndex
beforeAll(async () => {
  index = await VectorIndex.create({ dimension, metric: 'ip' })
  await index.add(documents)
})
afterAll(() => index.dispose())

const idsOf = (found: SearchResults) =>
  Array.from({ length: found.count }, (_, i) => found.hits(i).map(({ id }) => id))

/** num_negatives -> numNegatives */
const camelCase = (name: string) => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())

describe("equals sentence-transformers' mine_hard_negatives", () => {
  test.each(fixture.cases.map(({ negatives, ...options }) => ({ options, negatives })))(
    '$options',
    async ({ options, negatives }) => {
      const given = Object.fromEntries(
        Object.entries(options).map(([name, value]) => [camelCase(name), value as number]),
      )
      for (const batchSize of [1024, 7]) {
        const mined = await mineHardNegatives(index, queries, positives, { ...given, batchSize })
        expect(idsOf(mined)).toEqual(negatives.map((of) => of.map(([id]) => id)))
        negatives.forEach((of, i) => {
          const scores = mined.hits(i).map(({ score }) => score)
          for (const [at, [, score]] of of.entries()) expect(scores[at]).toBeCloseTo(score, 5)
        })
      }
    },
  )
})

test('with a cosine index lengths do not matter', async () => {
  const long = await VectorIndex.create({ dimension, metric: 'cosine' })
  await long.add(documents.map((value) => 3 * value))
  const options = { relativeMargin: 0.05, rangeMax: 12 }
  const mined = await mineHardNegatives(
    long,
    queries.map((value) => 5 * value),
    first,
    options,
  )
  expect(idsOf(mined)).toEqual(idsOf(await mineHardNegatives(index, queries, first, options)))
  await long.dispose()
})

test('one id an anchor in any form of ids; short rows end with -1', async () => {
  const of = (ids: never) => mineHardNegatives(index, queries, ids, { numNegatives: 100 })
  const mined = await of(first as never)
  expect(mined).toMatchObject({ count: 25, k: 100 })
  expect(mined.hits(0)).toHaveLength(79)
  expect(mined.ids[99]).toBe(-1n)
  expect(mined.scores[99]).toBe(-Infinity)
  expect((await of(first.map(BigInt) as never)).ids).toEqual(mined.ids)
  expect((await of(BigInt64Array.from(first, BigInt) as never)).ids).toEqual(mined.ids)
  expect(idsOf(mined).every((ids, i) => !ids.includes(first[i]))).toBe(true)
})

test('random sampling: of the candidates left, seeded, not depending on batches', async () => {
  const options = { rangeMin: 2, rangeMax: 20, relativeMargin: 0.1, numNegatives: 4 } as const
  const candidates = idsOf(await mineHardNegatives(index, queries, first, { ...options, numNegatives: 18 }))
  const random = (more = {}) =>
    mineHardNegatives(index, queries, first, { ...options, samplingStrategy: 'random', ...more })
  const mined = await random()
  idsOf(mined).forEach((ids, i) => {
    expect(new Set(ids).size).toBe(4)
    expect(ids).toEqual(candidates[i].filter((id) => ids.includes(id))) // best first
  })
  expect((await random({ batchSize: 3 })).ids).toEqual(mined.ids)
  expect((await random({ seed: 1 })).ids).not.toEqual(mined.ids)
  // Every candidate is drawn sooner or later.
  const drawn = new Set<number>()
  for (let seed = 0; seed < 60; seed++) for (const id of idsOf(await random({ seed }))[0]) drawn.add(id)
  expect([...drawn].sort()).toEqual([...candidates[0]].sort())
})

test('texts through a Retriever, with its prompt and adapter', async () => {
  const model = await EmbeddingModel.load(TINY, { device: 'cpu' })
  const texts = references('minilm').texts.slice(42, 92)
  const own = await VectorIndex.create({ dimension: model.dimension, metric: 'cosine' })
  const retriever = new Retriever(model, own)
  await retriever.add(texts)
  const ids = texts.map((_, i) => i)
  const mined = await mineHardNegatives(retriever, texts, ids, { batchSize: 20, absoluteMargin: 0 })
  const embeddings = await model.embed(texts, { prompt: 'query' })
  const expected = await mineHardNegatives(own, embeddings, ids, { absoluteMargin: 0 })
  expect(idsOf(mined)).toEqual(idsOf(expected))
  const plain = await mineHardNegatives(retriever, texts, ids, { promptText: '' })
  expect(idsOf(plain)).not.toEqual(idsOf(mined))
  await Promise.all([own.dispose(), model.dispose()])
})

test('progress and abort', async () => {
  const seen: number[] = []
  await mineHardNegatives(index, queries, first, { batchSize: 10, onProgress: (done) => seen.push(done) })
  expect(seen).toEqual([10, 20, 25])
  const controller = new AbortController()
  const options = { batchSize: 1, signal: controller.signal, onProgress: () => controller.abort() }
  expect(await failure(() => mineHardNegatives(index, queries, first, options))).toMatchObject({
    name: 'AbortError',
  })
})

test('wrong arguments', async () => {
  const message = async (
    options: object,
    source: unknown = index,
    anchors: unknown = queries,
    ids: unknown = first,
  ) =>
    (await failure(() => mineHardNegatives(source as never, anchors as never, ids as never, options))).message
  expect(await message({}, {})).toContain('a VectorIndex or a Retriever')
  expect(await message({}, index, ['a text'])).toContain('Give a Retriever for texts')
  expect(await message({}, index, queries, [1])).toContain('as many ids as there are anchors (25)')
  expect(await message({}, index, queries, [[1]])).toContain('as many arrays of ids')
  expect(await message({ numNegatives: 0 })).toContain('"numNegatives"')
  expect(await message({ rangeMin: -1 })).toContain('"rangeMin"')
  expect(await message({ rangeMin: 5, rangeMax: 7 })).toContain('At least rangeMin + numNegatives')
  expect(await message({ relativeMargin: '5 %' })).toContain('"relativeMargin"')
  expect(await message({ maxScore: Number.NaN })).toContain('"maxScore"')
  expect(await message({ samplingStrategy: 'best' })).toContain('"samplingStrategy"')
  expect(await message({ prompt: 'query' })).toContain('"prompt"')
  expect(await message({ margin: 0.1 })).toContain('"margin"')
  expect(
    await message(
      { relativeMargin: 0 },
      index,
      queries,
      first.map(() => 1000),
    ),
  ).toContain('1000')
  const distances = await VectorIndex.create({ dimension, metric: 'l2' })
  expect(await message({}, distances)).toContain('larger scores are nearer')
  await distances.dispose()
})

test('more anchors than one search takes', async () => {
  const many = randomVectors(3000, dimension)
  const mined = await mineHardNegatives(index, many, new BigInt64Array(3000), { numNegatives: 2 })
  const found = await index.search(many, 3)
  for (let i = 0; i < 3000; i++) {
    const expected = found.hits(i).filter(({ id }) => id !== 0)
    expect(mined.hits(i)).toEqual(expected.slice(0, 2))
  }
})
