import { EmbeddingModel, Retriever, VectorIndex } from 'densenode'

import { MINILM, randomVectors, references, TINY } from './support'

// A machine that builds something else at the same time may take minutes for the 2,000 texts.
jest.setTimeout(300_000)

/** Counts timer ticks and the longest pause between two, in milliseconds, while `work` runs. */
async function pulse<T>(work: () => Promise<T>) {
  let ticks = 0
  let last = performance.now()
  let longest = 0
  const timer = setInterval(() => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
    ticks++
  }, 5)
  const begin = performance.now()
  const result = await work()
  const elapsed = performance.now() - begin
  clearInterval(timer)
  return { result, ticks, longest, elapsed }
}

// Generous: the machine that runs this may have other work. An event loop that is held ticks not at all.
const LONGEST_PAUSE = 500

test('timers keep ticking while 2,000 texts are embedded and searched', async () => {
  const model = await EmbeddingModel.load(MINILM)
  const index = await VectorIndex.create({ dimension: model.dimension, metric: 'cosine' })
  const { texts } = references('minilm')
  const many = [...texts, ...texts]
  const embed = await pulse(() => model.embed(many))
  expect(embed.ticks).toBeGreaterThan(embed.elapsed / 5 / 10)
  expect(embed.longest).toBeLessThan(LONGEST_PAUSE)
  await index.add(embed.result)
  const search = await pulse(() => new Retriever(model, index).search(many, 10))
  expect(search.ticks).toBeGreaterThan(search.elapsed / 5 / 10)
  expect(search.longest).toBeLessThan(LONGEST_PAUSE)
  await Promise.all([model.dispose(), index.dispose()])
})

test('training, adding and searching leave the event loop free', async () => {
  const dimension = 64
  const vectors = randomVectors(5_000, dimension)
  const index = await VectorIndex.create({ dimension, metric: 'l2', factory: 'IVF64,PQ8np' })
  const { longest } = await pulse(async () => {
    await index.train(vectors)
    await index.add(vectors)
    await index.search(vectors, 10, { parameters: { nprobe: 16 } })
  })
  expect(longest).toBeLessThan(LONGEST_PAUSE)
  await index.dispose()
})

test('searches of a tiny index, one awaited after another, let the event loop turn', async () => {
  const index = await VectorIndex.create({ dimension: 2, metric: 'ip' })
  await index.add(Float32Array.of(1, 0, 0, 1))
  let turned = false
  setImmediate(() => (turned = true))
  for (let i = 0; i < 1000 && !turned; i++) {
    const { ids, scores } = await index.search(Float32Array.of(0.25, i), 2)
    expect([...ids]).toEqual(i > 0 ? [1n, 0n] : [0n, 1n])
    expect([...scores]).toEqual(i > 0 ? [i, 0.25] : [0.25, 0])
  }
  expect(turned).toBe(true)
  await index.dispose()
})

test('500,000 texts cross into native code without a long pause', async () => {
  const model = await EmbeddingModel.load(TINY)
  const many = Array.from({ length: 500_000 }, (_, i) => `text number ${i}`)
  const controller = new AbortController()
  const { longest } = await pulse(async () => {
    const embed = model.embed(many, { signal: controller.signal, onProgress: () => controller.abort() })
    await embed.catch((error: Error) => expect(error.name).toBe('AbortError'))
  })
  expect(longest).toBeLessThan(LONGEST_PAUSE)
  await model.dispose()
})
