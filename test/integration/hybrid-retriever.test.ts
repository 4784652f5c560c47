import {
  Bm25Index,
  EmbeddingModel,
  HybridRetriever,
  maximalMarginalRelevance,
  Retriever,
  reciprocalRankFusion,
  TfidfIndex,
  VectorIndex,
  weightedFusion,
} from 'densenode'

import { failure, references, TINY } from './support'

const passages = references('minilm').texts.slice(42, 342)
const questions = [
  'an instrument that measures the speed of wind',
  'a small domesticated animal',
  'qqxyz',
  '',
]
const DEPTH = 50

let model: EmbeddingModel
let index: VectorIndex
let bm25: Bm25Index
let retriever: HybridRetriever

const create = async (): Promise<HybridRetriever> =>
  new HybridRetriever({
    model,
    index: await VectorIndex.create({ dimension: model.dimension, metric: 'cosine' }),
    bm25: await Bm25Index.create(),
  })

beforeAll(async () => {
  model = await EmbeddingModel.load(TINY)
  retriever = await create()
  index = retriever.index
  bm25 = retriever.bm25 as Bm25Index
  await retriever.add(passages)
})
afterAll(() => Promise.all([model.dispose(), index.dispose(), bm25.dispose(), retriever.dispose()]))

async function bothLists() {
  const dense = await new Retriever(model, index).search(questions, DEPTH)
  const lexical = await bm25.search(questions, DEPTH)
  return questions.map((_, i) => [dense.hits(i), lexical.hits(i)])
}

describe('search', () => {
  test('rrf: what reciprocalRankFusion makes of both searches', async () => {
    const results = await retriever.search(questions, 10, {
      fusion: 'rrf',
      candidates: DEPTH,
      rankConstant: 20,
      weights: { lexical: 0.5 },
    })
    expect(results).toMatchObject({ count: questions.length, k: 10 })
    for (const [i, lists] of (await bothLists()).entries()) {
      const fused = reciprocalRankFusion(lists, { rankConstant: 20, weights: [1, 0.5] }).slice(0, 10)
      expect(results.hits(i).map(({ id }) => id)).toEqual(fused.map(({ id }) => id))
      for (const [rank, { score }] of results.hits(i).entries())
        expect(score).toBeCloseTo(fused[rank].score, 6)
    }
    expect(results.tokenCounts).toHaveLength(questions.length)
  })

  test.each(['minmax', 'zscore', 'none'] as const)('weighted, %s', async (normalization) => {
    const weights = { dense: 2, lexical: 1 }
    const results = await retriever.search(questions, 10, {
      fusion: 'weighted',
      weights,
      normalization,
      candidates: DEPTH,
    })
    for (const [i, lists] of (await bothLists()).entries()) {
      const fused = weightedFusion(lists, { weights: [2, 1], normalization }).slice(0, 10)
      const scores = results.hits(i).map(({ score }) => score)
      expect(scores).toHaveLength(fused.length)
      for (const [rank, score] of scores.entries()) expect(score).toBeCloseTo(fused[rank].score, 3)
    }
  })

  test('a metric of distances', async () => {
    const l2 = await VectorIndex.create({ dimension: model.dimension, metric: 'l2' })
    await l2.add(await model.embed(passages))
    const near = new HybridRetriever({ model, index: l2, bm25 })
    const found = await near.search(questions, 5, { fusion: 'weighted' })
    const expected = await retriever.search(questions, 5, { fusion: 'weighted' })
    // Of unit vectors, l2 is 2 - 2 cosine: min-max makes the same of both.
    expect(found.ids).toEqual(expected.ids)
    await l2.dispose()
  })

  test('weights of 0 leave one list', async () => {
    const [[dense, lexical]] = await bothLists()
    const ids = async (weights: { dense?: number; lexical?: number }) =>
      (await retriever.search(questions[0], 3, { weights })).hits(0).map(({ id }) => id)
    expect(await ids({ lexical: 0 })).toEqual(dense.slice(0, 3).map(({ id }) => id))
    expect(await ids({ dense: 0 })).toEqual(lexical.slice(0, 3).map(({ id }) => id))
  })

  test('a filter holds for both', async () => {
    const filter = { from: 100, exclude: [250] }
    const results = await retriever.search(['of', ...questions], 150, { filter, candidates: 250 })
    for (let i = 0; i < results.count; i++) {
      expect(results.hits(i)).toHaveLength(150)
      for (const { id } of results.hits(i)) expect(id >= 100 && id !== 250).toBe(true)
    }
    const few = await retriever.search(passages[7], 10, { filter: { ids: [7, 8] } })
    expect(few.hits(0).map(({ id }) => id)).toEqual([7, 8])
  })

  test('mmr: less alike than without; lambda 1 changes nothing', async () => {
    // All cosines of the tiny model are near 1: weighted relevances, which lie further apart, would outweigh them.
    const options = { fusion: 'rrf', candidates: DEPTH } as const
    const diverse = await retriever.search(questions[0], 10, { ...options, mmr: { lambda: 0.3 } })
    const plain = (await retriever.search(questions[0], 10, options)).hits(0)
    const hits = diverse.hits(0)
    expect(hits[0].id).toBe(plain[0].id)
    expect(new Set(hits.map(({ id }) => id)).size).toBe(10)
    const spread = (ids: number[]) => averageCosine(ids)
    expect(await spread(hits.map(({ id }) => id))).toBeLessThan(
      await spread(plain.slice(0, 10).map(({ id }) => id)),
    )
    const relevant = await retriever.search(questions[0], 10, { ...options, mmr: { lambda: 1 } })
    expect(relevant.hits(0).map(({ id }) => id)).toEqual(plain.slice(0, 10).map(({ id }) => id))
  })

  test('no text is no row', async () => {
    expect((await retriever.search([], 3)).count).toBe(0)
  })

  test('an aborted signal', async () => {
    const reason = new Error('enough')
    await expect(retriever.search(questions, 3, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })

  test('wrong arguments', async () => {
    const search = (options: unknown, k = 3) => failure(() => retriever.search('a', k, options as object))
    expect((await search({}, 0)).message).toContain('option "k"')
    expect((await search({ fusion: 'sum' })).message).toContain(
      'option "fusion": expected one of "rrf", "weighted"',
    )
    expect((await search({ weights: [1, 2] })).message).toContain('weights')
    expect((await search({ weights: { dense: -1 } })).message).toContain('option "weights.dense"')
    expect((await search({ candidates: 2 })).message).toContain(
      'option "candidates": expected an integer from 3 to ',
    )
    expect((await search({ mmr: { lambda: 2 } })).message).toContain('option "mmr.lambda"')
    expect((await search({ normalization: 'max' })).message).toContain('option "normalization"')
    expect((await search({ rankconstant: 1 })).message).toContain('Did you mean "rankConstant"?')
  })
})

async function averageCosine(ids: number[]): Promise<number> {
  const rows = await Promise.all(ids.map((id) => index.reconstruct(id)))
  let sum = 0
  for (const [i, a] of rows.entries())
    for (const b of rows.slice(i + 1)) sum += a.reduce((dot, value, j) => dot + value * b[j], 0)
  return sum
}

describe('changes', () => {
  test('add and remove reach both; ids go on from the larger one', async () => {
    const own = await create()
    await own.add(passages.slice(0, 3), [5, 3, 4])
    await own.bm25.add('only here', [20])
    await Promise.all([own.add(passages.slice(3, 5)), own.add(passages[5])])
    expect([own.index.count, own.bm25.count]).toEqual([6, 7])
    const found = await own.search(passages.slice(3, 6), 1, { weights: { dense: 0 } })
    expect(Array.from(found.ids)).toEqual([21n, 22n, 23n])
    expect(await own.remove([21, 99])).toBe(1)
    expect([own.index.count, own.bm25.count]).toEqual([5, 6])
    await own.add([])
    expect(own.index.count).toBe(5)
  })

  test('all or none: what the index refuses is taken out of the words again', async () => {
    const own = await create()
    await own.index.add(await model.embed(passages[0]), [7])
    const error = await failure(() => own.add(passages.slice(0, 2), [6, 7]))
    expect(error).toBeInstanceOf(RangeError)
    expect([own.index.count, own.bm25.count]).toEqual([1, 0])
    await own.bm25.add('there', [9])
    await failure(() => own.add(passages.slice(0, 2), [8, 9]))
    expect([own.index.count, own.bm25.count]).toEqual([1, 1])
    await own.add(passages.slice(0, 2), [10, 11])
    expect([own.index.count, own.bm25.count]).toEqual([3, 3])
  })

  test('an untrained index, an abort', async () => {
    const untrained = await VectorIndex.create({
      dimension: model.dimension,
      metric: 'ip',
      factory: 'IVF4,Flat',
    })
    const own = new HybridRetriever({ model, index: untrained, bm25: await TfidfIndex.create() })
    expect(await failure(() => own.add(passages.slice(0, 9)))).toMatchObject({ code: 'INDEX_NOT_TRAINED' })
    expect(own.bm25.count).toBe(0)
    const reason = new Error('stop')
    await expect(own.add(passages, null, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(own.bm25.count).toBe(0)
  })

  test('misuse is refused before anything changes', async () => {
    const own = await create()
    expect((await failure(() => own.add('a', [1, 2]))).message).toContain('option "ids"')
    expect((await failure(() => own.add('a', null, { prompt: 'none' }))).message).toContain('option "prompt"')
    expect(own.bm25.count).toBe(0)
    await own.dispose()
    expect((await failure(() => own.add('a'))).message).toContain('disposed HybridRetriever')
    expect((await failure(() => own.search('a', 1))).message).toContain('disposed HybridRetriever')
    expect(own.index.count).toBe(0)
  })
})

test('needs its three parts', () => {
  const Class = HybridRetriever as unknown as new (options?: unknown) => unknown
  expect(() => new Class()).toThrow('option "options"')
  expect(() => new Class({ model, index })).toThrow('option "bm25": expected a Bm25Index or a TfidfIndex')
  expect(() => new Class({ model, bm25 })).toThrow('option "index": expected a VectorIndex')
  expect(() => new Class({ model, index, lexical: bm25 })).toThrow('"lexical"')
})

test('mmr over the embeddings themselves', async () => {
  const query = (await model.embed(passages[9])).data
  const candidates = await model.embed(passages)
  const hits = await maximalMarginalRelevance(query, candidates, { k: 5, lambda: 1 })
  const nearest = await index.search(query, 5)
  expect(hits.map(({ id }) => id)).toEqual(nearest.hits(0).map(({ id }) => id))
})
