import {
  Bm25Index,
  type Dataset,
  documentTexts,
  EmbeddingModel,
  evaluate,
  HybridRetriever,
  Retriever,
  scoreRun,
  VectorIndex,
} from 'densenode'

import { failure, MINILM } from './support'

const dataset: Dataset = {
  documents: [
    { id: 'cat', title: 'Cats', text: 'The cat sleeps on the windowsill.' },
    { id: 'rates', text: 'Interest rates rose again.' },
    { id: 'kitten', text: 'A kitten naps in the sun.' },
    { id: 'wind', text: 'An anemometer measures the speed of wind.' },
  ],
  queries: [
    { id: 'pet', text: 'a sleeping pet' },
    { id: 'money', text: 'the price of borrowing money' },
    { id: 'unjudged', text: 'nothing to see' },
    { id: 'weather', text: 'anemometer' },
  ],
  judgements: new Map([
    [
      'pet',
      new Map([
        ['cat', 2],
        ['kitten', 1],
        ['wind', 0],
      ]),
    ],
    ['money', new Map([['rates', 1]])],
    ['weather', new Map([['wind', 1]])],
  ]),
}

let model: EmbeddingModel
let index: VectorIndex
let bm25: Bm25Index

beforeAll(async () => {
  model = await EmbeddingModel.load(MINILM)
  index = await VectorIndex.create({ dimension: model.dimension, metric: 'cosine' })
  bm25 = await Bm25Index.create()
  await new HybridRetriever({ model, index, bm25 }).add(documentTexts(dataset))
})
afterAll(() => Promise.all([model.dispose(), index.dispose(), bm25.dispose()]))

test('Retriever, Bm25Index and HybridRetriever', async () => {
  const dense = await evaluate(new Retriever(model, index), dataset, {
    metrics: ['ndcg@3', 'recall', 'mrr@1'],
  })
  expect(dense.metrics).toEqual({ 'ndcg@3': expect.any(Number), recall: 1, 'mrr@1': 1 })
  expect(dense).toMatchObject({ k: 100, batchSize: 1, missing: 0, latency: { calls: 3 } })
  expect(dense.run.get('weather')![0]).toEqual({ id: 'wind', score: expect.any(Number) })
  expect(dense.perQuery.size).toBe(3)
  expect(dense.queriesPerSecond).toBeGreaterThan(0)
  expect(scoreRun(dense.run, dataset.judgements, ['ndcg@3']).metrics['ndcg@3']).toBe(dense.metrics['ndcg@3'])

  const words = await evaluate(bm25, dataset, { metrics: ['recall@4'], batchSize: 2 })
  expect(words.latency.calls).toBe(2)
  expect(words.run.get('weather')!.map(({ id }) => id)).toEqual(['wind'])
  const hybrid = await evaluate(new HybridRetriever({ model, index, bm25 }), dataset, { k: 2 })
  expect(hybrid.run.get('pet')).toHaveLength(2)
})

test('a function, with document ids or positions', async () => {
  const asked: [string[], number][] = []
  const found = await evaluate(
    async (texts, k) => {
      asked.push([texts, k])
      return texts.map((text) =>
        text === 'anemometer' ? [{ id: 'wind', score: 1 }] : [{ id: 0n, score: 1 }],
      )
    },
    dataset,
    { metrics: ['hit_rate@1', 'hit_rate@5'], batchSize: 10 },
  )
  expect(found.metrics['hit_rate@1']).toBeCloseTo(2 / 3, 12)
  const texts = ['a sleeping pet', 'the price of borrowing money', 'anemometer']
  expect(asked).toEqual([
    [texts, 5], // the warm-up
    [texts, 5],
  ])
})

test('ids of the index by documentIds', async () => {
  const ids = new Map<number | bigint, string>([
    [70, 'cat'],
    [71n, 'rates'],
    [72, 'wind'],
  ])
  const search = async () => [
    [
      { id: 70n, score: 3 },
      { id: 71, score: 2 },
      { id: 72, score: 1 },
    ],
  ]
  const { run } = await evaluate(search, dataset, { documentIds: ids })
  expect(run.get('pet')!.map(({ id }) => id)).toEqual(['cat', 'rates', 'wind'])
  const list = await evaluate(async () => [[{ id: 1, score: 1 }]], dataset, { documentIds: ['x', 'cat'] })
  expect(list.run.get('pet')).toEqual([{ id: 'cat', score: 1 }])
})

test('progress and abort', async () => {
  const done: number[] = []
  await evaluate(bm25, dataset, { onProgress: (n, total) => done.push(n / total) })
  expect(done).toEqual([1 / 3, 2 / 3, 1])
  const stop = new AbortController()
  const reason = new Error('stop')
  const stopped = evaluate(bm25, dataset, { signal: stop.signal, onProgress: () => stop.abort(reason) })
  await expect(stopped).rejects.toBe(reason)
})

test('what cannot be right is refused', async () => {
  const run = (retrieve: unknown, options?: object, data: unknown = dataset) =>
    failure(() => evaluate(retrieve as never, data as never, options))
  expect((await run(5)).message).toContain('option "retrieve": expected a function, or an object with search')
  expect((await run(bm25, { metrics: ['ndcg@x'] })).message).toContain('option "metrics[0]"')
  expect((await run(bm25, { batchSize: 0 })).message).toContain('option "batchSize"')
  expect((await run(async () => [])).message).toContain('expected results for 1 texts')
  expect((await run(async () => [[{ id: 9, score: 1 }]])).message).toContain(
    'the position of one of the 4 documents',
  )
  const twice = [
    [
      { id: 1, score: 1 },
      { id: 1n, score: 1 },
    ],
  ]
  expect((await run(async () => twice)).message).toContain('expected each document once, got "rates" again')
  expect((await run(bm25, {}, { ...dataset, judgements: new Map() })).message).toContain('at least one query')
  const same = { ...dataset, documents: [dataset.documents[0], dataset.documents[0]] }
  expect((await run(bm25, {}, same)).message).toContain('option "dataset.documents[1].id"')
})
