import {
  EmbeddingModel,
  type EmbeddingModelOptions,
  type IndexDevice,
  Retriever,
  VectorIndex,
} from 'densenode'

import { failure, largestDifference, MINILM, references } from '../integration/support'
import { DEVICE, describeOnGpu, overlap } from './support'

// The first use of a device loads libraries of gigabytes.
jest.setTimeout(300_000)

const device = DEVICE as IndexDevice
const passages = references('minilm').texts.slice(42, 342)
const questions = ['an instrument that measures the speed of wind', 'a small domesticated feline', '']

describeOnGpu('Retriever on a GPU', () => {
  let onGpu: EmbeddingModel
  let onCpu: EmbeddingModel
  const load = (options: EmbeddingModelOptions) => EmbeddingModel.load(MINILM, options)
  beforeAll(async () => {
    onGpu = await load({ device: device as EmbeddingModelOptions['device'], dtype: 'fp32' })
    onCpu = await load({ device: 'cpu', dtype: 'fp32' })
  })
  afterAll(() => Promise.all([onGpu.dispose(), onCpu.dispose()]))

  // On one device embeddings stay in its memory; otherwise they go through the host.
  test.each([
    ['GPU', 'GPU'],
    ['GPU', 'CPU'],
    ['CPU', 'GPU'],
  ] as const)('model on the %s, index on the %s', async (modelPlace, indexPlace) => {
    const model = modelPlace === 'GPU' ? onGpu : onCpu
    await using reference = await VectorIndex.create({ dimension: 384, metric: 'cosine' })
    await reference.add(await onCpu.embed(passages))
    await using index = await VectorIndex.create({
      dimension: 384,
      metric: 'cosine',
      device: indexPlace === 'GPU' ? device : 'cpu',
    })
    const retriever = new Retriever(model, index)
    await retriever.add(passages.slice(0, 200))
    await retriever.add(
      passages.slice(200),
      Array.from({ length: 100 }, (_, i) => 200 + i),
    )
    expect(index.count).toBe(300)

    const expected = await reference.search(await onCpu.embed([...questions, ...passages]), 10)
    const results = await retriever.search([...questions, ...passages], 10)
    expect(overlap(results.ids, expected.ids, 10)).toBeGreaterThanOrEqual(0.99)
    expect(largestDifference(results.scores, expected.scores)).toBeLessThan(1e-3)
    const one = await retriever.search(questions[0], 10)
    expect(overlap(one.ids, expected.ids.subarray(0, 10), 10)).toBeGreaterThanOrEqual(0.9)
    expect((await retriever.search([], 3)).count).toBe(0)
  })

  test('adds all or none', async () => {
    await using index = await VectorIndex.create({ dimension: 384, metric: 'ip', device })
    const retriever = new Retriever(onGpu, index)
    await retriever.add(passages.slice(0, 3), [1, 2, 3])
    expect(await failure(() => retriever.add(passages.slice(0, 2), [4, 2]))).toBeInstanceOf(RangeError)
    expect(index.count).toBe(3)
    await retriever.add([])
    expect(index.count).toBe(3)
  })

  test('k beyond what a GPU gives', async () => {
    await using index = await VectorIndex.create({ dimension: 384, metric: 'ip', device })
    const error = await failure(() => new Retriever(onGpu, index).search('a', 2_049))
    expect(error).toBeInstanceOf(RangeError)
    expect(error.message).toContain("to('cpu')")
  })
})
