import * as path from 'node:path'
import { Worker } from 'node:worker_threads'

import { type IndexDevice, info, VectorIndex, type VectorIndexOptions } from 'densenode'

import { failure, largestDifference, randomVectors, root, rowsOf } from '../integration/support'
import { scratchFolder } from '../scratch-folder'
import { DEVICE, describeOnGpu, deviceMemoryMiB, overlap } from './support'

// The first use of a device loads libraries of gigabytes.
jest.setTimeout(300_000)

const device = DEVICE as IndexDevice
const DIMENSION = 48
const vectors = randomVectors(5_000, DIMENSION, 1)
const queries = randomVectors(200, DIMENSION, 2)
const scratch = scratchFolder('gpu-index')

const open: VectorIndex[] = []
afterEach(() => Promise.all(open.splice(0).map((index) => index.dispose())))

async function filled(options: Partial<VectorIndexOptions> = {}): Promise<VectorIndex> {
  const index = await VectorIndex.create({ dimension: DIMENSION, metric: 'ip', ...options })
  open.push(index)
  if (!index.isTrained) await index.train(vectors)
  await index.add(vectors)
  return index
}

describeOnGpu('VectorIndex on a GPU', () => {
  test.each([
    ['Flat', 'ip', 'fp32', 0.999],
    ['Flat', 'l2', 'fp16', 0.97],
    ['Flat', 'cosine', 'fp16', 0.97],
    ['Flat', 'l1', 'fp32', 0.999],
    ['SQfp16', 'ip', undefined, 0.98],
    ['IVF32,Flat', 'l2', undefined, 0.99],
    ['IVF32,SQ8', 'ip', undefined, 0.97],
    ['IVF32,PQ8np', 'l2', undefined, 0.93],
    ['PCA32,Flat', 'l2', undefined, 0.99],
  ] as const)('%s with %s and storage %s agrees with the CPU', async (factory, metric, storage, least) => {
    const index = await filled({ factory, metric })
    const parameters: Record<string, number> = factory.startsWith('IVF') ? { nprobe: 8 } : {}
    const expected = await index.search(queries, 10, { parameters })
    expect(await index.to(device, { storage })).toBe(index)
    expect(index.device).toBe(DEVICE)
    expect(index.count).toBe(5_000)
    const found = await index.search(queries, 10, { parameters })
    expect(overlap(found.ids, expected.ids, 10)).toBeGreaterThanOrEqual(least)
    const one = await index.search(queries.subarray(0, DIMENSION), 10, { parameters })
    expect(overlap(one.ids, expected.ids.subarray(0, 10), 10)).toBeGreaterThanOrEqual(0.8)
    expect((await index.reconstruct(17)).length).toBe(DIMENSION)

    const file = path.join(scratch, 'index')
    await index.save(file)
    for (const where of ['cpu', device] as const) {
      await using opened = await VectorIndex.open(file, {
        device: where,
        storage: where === 'cpu' ? undefined : storage,
      })
      const again = await opened.search(queries, 10, { parameters })
      expect(overlap(again.ids, expected.ids, 10)).toBeGreaterThanOrEqual(least)
    }
    await index.to('cpu')
    expect(index.device).toBe('cpu')
    expect(
      overlap((await index.search(queries, 10, { parameters })).ids, expected.ids, 10),
    ).toBeGreaterThanOrEqual(least)
  })

  test('is created, trained and filled there; ids, removal and padding as on the CPU', async () => {
    const index = await VectorIndex.create({
      dimension: DIMENSION,
      metric: 'cosine',
      factory: 'IVF32,Flat',
      device,
    })
    open.push(index)
    expect(index.isTrained).toBe(false)
    await index.train(vectors)
    await index.add(vectors.subarray(0, 3 * DIMENSION), [7, 5, 1_000])
    await index.add(vectors.subarray(3 * DIMENSION, 5 * DIMENSION))
    expect(index.count).toBe(5)
    expect((await failure(() => index.add(vectors.subarray(0, DIMENSION), [7]))).message).toContain('already')
    expect(await index.remove([5, 99])).toBe(1)
    const results = await index.search(vectors.subarray(0, DIMENSION), 8, { parameters: { nprobe: 32 } })
    expect(
      results
        .hits(0)
        .map(({ id }) => id)
        .sort((a, b) => a - b),
    ).toEqual([7, 1_000, 1_001, 1_002])
    expect(results.hits(0)[0]).toMatchObject({ id: 7, score: expect.closeTo(1, 4) })
    expect([...results.ids.subarray(4)]).toEqual([-1n, -1n, -1n, -1n])
    expect(results.scores[7]).toBe(-Infinity)
  })

  test('limits are errors before work', async () => {
    const index = await filled({ device, factory: 'IVF32,Flat', metric: 'l2' })
    expect((await failure(() => index.search(queries, 2_049))).message).toContain("to('cpu')")
    expect(await failure(() => index.search(queries, 2_049))).toBeInstanceOf(RangeError)
    expect(await failure(() => index.search(queries, 1, { parameters: { max_codes: 5 } }))).toBeInstanceOf(
      RangeError,
    )
    expect(await failure(() => index.search(queries, 1, { parameters: { nprobe: 33 } }))).toBeInstanceOf(
      RangeError,
    )
    const wrong = queries.slice()
    wrong[DIMENSION + 2] = Number.NaN
    expect((await failure(() => index.search(wrong, 1))).message).toContain('query 1 has NaN at position 2')
    expect(
      await failure(() => VectorIndex.create({ dimension: 8, metric: 'l2', factory: 'HNSW16', device })),
    ).toMatchObject({
      code: 'INDEX_UNSUPPORTED',
      message: expect.stringContaining('HNSW'),
    })
    expect(await failure(() => index.to('cuda:4095'))).toMatchObject({ code: 'DEVICE_UNAVAILABLE' })
  })

  test('many searches at once, and the event loop stays free', async () => {
    const index = await filled({ device })
    const expected = await index.search(queries, 10)
    let ticks = 0
    const timer = setInterval(() => ticks++, 1)
    const many = await Promise.all(Array.from({ length: 200 }, () => index.search(queries, 10)))
    clearInterval(timer)
    for (const { ids, scores } of many) {
      expect(ids).toEqual(expected.ids)
      expect(largestDifference(scores, expected.scores)).toBe(0)
    }
    expect(ticks).toBeGreaterThan(0)
  })

  test('abort', async () => {
    const index = await filled({ device })
    const controller = new AbortController()
    const search = index.search(randomVectors(100_000, DIMENSION, 3), 100, { signal: controller.signal })
    controller.abort()
    expect(await failure(() => search)).toMatchObject({ name: 'AbortError' })
  })

  test('a worker searches an index that this thread moved', async () => {
    const index = await filled()
    const handle = index.share()
    await index.to(device)
    const expected = await index.search(queries.subarray(0, DIMENSION), 3)
    const worker = new Worker(
      `const { parentPort, workerData } = require('node:worker_threads')
       const { VectorIndex } = require(workerData.lib)
       const index = VectorIndex.attach(workerData.handle)
       index.search(workerData.query, 3).then(async ({ ids }) => {
         const { device } = index
         await index.dispose()
         parentPort.postMessage({ ids, device })
       })`,
      {
        eval: true,
        workerData: { lib: path.join(root, 'dist', 'index.js'), handle, query: queries.slice(0, DIMENSION) },
      },
    )
    const answer = await new Promise((resolve, reject) =>
      worker.once('message', resolve).once('error', reject),
    )
    expect(answer).toEqual({ ids: expected.ids, device: DEVICE })
    await worker.terminate()
  })

  const gpus = info().gpus.map((gpu) => gpu.device as IndexDevice)
  const onSeveral = gpus.length > 1 ? test.each : test.skip.each
  onSeveral(['shard', 'replicate'] as const)('on several GPUs with mode %s', async (mode) => {
    for (const factory of ['Flat', 'IVF32,Flat']) {
      const index = await filled({ factory, metric: 'l2' })
      const parameters: Record<string, number> = factory === 'Flat' ? {} : { nprobe: 8 }
      const expected = await index.search(queries, 10, { parameters })
      await index.to(gpus, { mode })
      expect(index.device).toBe(gpus.join())
      const found = await index.search(queries, 10, { parameters })
      expect(overlap(found.ids, expected.ids, 10)).toBeGreaterThanOrEqual(0.99)
      await index.add(vectors)
      expect(await index.remove([...Array(5_000).keys()])).toBe(5_000)
      const again = await index.search(queries, 10, { parameters })
      const former = again.ids.map((id) => id - 5_000n)
      expect(overlap(former, expected.ids, 10)).toBeGreaterThanOrEqual(0.99)
      await index.to('cpu')
      expect(index.count).toBe(5_000)
    }
  })

  test('device memory comes back', async () => {
    const round = async () => {
      const index = await filled({ device, factory: 'Flat', metric: 'l2' })
      await index.search(queries, 10)
      await open.pop()!.dispose()
    }
    for (let i = 0; i < 10; i++) await round()
    const before = deviceMemoryMiB()
    for (let i = 0; i < 100; i++) await round()
    expect(deviceMemoryMiB()).toBeLessThan(before + 16)
  })

  test('exact scores for each row of a large batch', async () => {
    const index = await filled({ device, metric: 'l2' })
    const batch = randomVectors(3_000, DIMENSION, 4)
    const results = await index.search(batch, 5)
    const rows = rowsOf(batch, DIMENSION)
    for (let q = 0; q < rows.length; q += 100) {
      const best = rowsOf(vectors, DIMENSION)
        .map((row) => row.reduce((sum, value, i) => sum + (value - rows[q][i]) ** 2, 0))
        .sort((x, y) => x - y)
      for (const [rank, { score }] of results.hits(q).entries()) expect(score).toBeCloseTo(best[rank], 2)
    }
  })
})
