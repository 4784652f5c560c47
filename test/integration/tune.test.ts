import * as path from 'node:path'
import {
  type Metric,
  type TuneOptions,
  type TunePoint,
  VectorIndex,
  type VectorIndexOptions,
} from 'densenode'
import { type Candidate, candidates, flatCode, hnsw, refined } from '#lib/index-families'
import { scratchFolder } from '../scratch-folder'
import { failure, randomVectors } from './support'

const DIMENSION = 24
const COUNT = 4_000
const vectors = randomVectors(COUNT, DIMENSION, 1)
const queries = randomVectors(100, DIMENSION, 2)
const scratch = scratchFolder('tune')

async function filled(options: Partial<VectorIndexOptions>): Promise<VectorIndex> {
  const index = await VectorIndex.create({ dimension: DIMENSION, metric: 'l2', ...options })
  await index.train(vectors)
  await index.add(vectors)
  return index
}

async function exactResults(k: number) {
  await using exact = await filled({})
  return exact.search(queries, k)
}

async function recallOf(index: VectorIndex, k = 10): Promise<number> {
  const [found, exact] = [await index.search(queries, k), await exactResults(k)]
  let hits = 0
  for (let q = 0; q < found.count; q++) {
    const nearest = new Set(exact.hits(q).map(({ id }) => id))
    hits += found.hits(q).filter(({ id }) => nearest.has(id)).length
  }
  return hits / (found.count * k)
}

describe('tune', () => {
  test.each(['IVF64,Flat', 'HNSW8', 'IVF64,PQ8x4fs,RFlat', 'PQ4,RFlat', 'RR,HNSW8,SQfp16', 'Flat'])(
    '%s: the recall is reached by every later search',
    async (factory) => {
      await using index = await filled({ factory })
      const before = await recallOf(index)
      const result = await index.tune(queries, { recall: 0.9, k: 10 })
      expect(result.reached).toBe(true)
      expect(result.recall).toBeGreaterThanOrEqual(0.9)
      expect(result.queriesPerSecond).toBeGreaterThan(0)
      expect(index.searchParameters).toMatchObject(result.parameters)
      expect(await recallOf(index)).toBeCloseTo(result.recall, 2)
      if (factory !== 'Flat') expect(before).toBeLessThan(0.9)
    },
  )

  test('the smallest nprobe that suffices, among what was tried', async () => {
    await using index = await filled({ factory: 'IVF64,Flat' })
    const seen: TunePoint[] = []
    const { parameters, tried } = await index.tune(queries, {
      recall: 0.8,
      onProgress: (point) => seen.push(point),
    })
    expect(tried).toHaveLength(seen.length)
    const below = parameters.nprobe! - 1
    const { recall } = await recallAt(index, below)
    expect(recall).toBeLessThan(0.8)
    expect(tried.map((point) => point.recall)).toEqual([...tried.map((point) => point.recall)].sort())
  })

  async function recallAt(index: VectorIndex, nprobe: number) {
    await index.setSearchParameters({ nprobe })
    return { recall: await recallOf(index) }
  }

  test('save() keeps what was tuned', async () => {
    await using index = await filled({ factory: 'IVF64,Flat' })
    const { parameters } = await index.tune(queries, { recall: 0.95 })
    const file = path.join(scratch, 'tuned')
    await index.save(file)
    await using opened = await VectorIndex.open(file)
    expect(opened.searchParameters).toEqual(index.searchParameters)
    expect(opened.searchParameters.nprobe).toBe(parameters.nprobe)
    expect((await opened.search(queries, 10)).ids).toEqual((await index.search(queries, 10)).ids)
  })

  test('a recall out of reach is said, and changes nothing', async () => {
    await using index = await filled({ factory: 'IVF64,PQ4np' })
    const groundTruth = await exactResults(10)
    const result = await index.tune(queries, { recall: 0.99, groundTruth })
    expect(result.reached).toBe(false)
    expect(result.recall).toBeLessThan(0.99)
    expect(result.recall).toBe(Math.max(...result.tried.map(({ recall }) => recall)))
    expect(index.searchParameters.nprobe).toBe(1)
  })

  test('an index of codes wants the truth from outside, or hears that it measures codes', async () => {
    await using index = await filled({ factory: 'IVF64,PQ4np' })
    const error = await failure(() => index.tune(queries, { recall: 0.9 }))
    expect(error).toBeInstanceOf(RangeError)
    expect(error.message).toContain('option "groundTruth": expected the true neighbours, or "stored"')
    expect((await index.tune(queries, { recall: 0.9, groundTruth: 'stored' })).reached).toBe(true)
    // Ids of more neighbours than k are fine.
    const { ids } = await exactResults(20)
    expect((await index.tune(queries, { recall: 0.2, k: 10, groundTruth: ids })).reached).toBe(true)
  })

  test('stops at a signal, and at an error of the callback', async () => {
    await using index = await filled({ factory: 'IVF64,Flat' })
    const controller = new AbortController()
    const stop = new Error('enough')
    const aborted = failure(() =>
      index.tune(queries, {
        recall: 0.99,
        signal: controller.signal,
        onProgress: () => controller.abort(stop),
      }),
    )
    expect(await aborted).toBe(stop)
    const thrown = new Error('mine')
    const onProgress = () => {
      throw thrown
    }
    expect(await failure(() => index.tune(queries, { recall: 0.99, onProgress }))).toBe(thrown)
    expect(index.searchParameters.nprobe).toBe(1)
  })

  test.each<[Partial<TuneOptions>, string]>([
    [{}, 'option "recall": expected a number above 0'],
    [{ recall: 0 }, 'option "recall": expected a number above 0, at most 1'],
    [{ recall: 1.1 }, 'option "recall"'],
    [{ recall: 0.9, k: 0 }, 'option "k"'],
    [{ recall: 0.9, groundTruth: new BigInt64Array(7) }, 'option "groundTruth"'],
    [{ recall: 0.9, groundTruth: new BigInt64Array(1000).fill(-1n) }, 'option "groundTruth"'],
    [{ recall: 0.9, nprobe: 3 } as never, 'option "nprobe"'],
  ])('misuse: %p', async (options, message) => {
    await using index = await filled({})
    expect((await failure(() => index.tune(queries, options as TuneOptions))).message).toContain(message)
  })

  test('an empty index, no query', async () => {
    await using index = await VectorIndex.create({ dimension: DIMENSION, metric: 'l2' })
    expect(await failure(() => index.tune(queries, { recall: 1 }))).toBeInstanceOf(RangeError)
    await index.add(vectors)
    expect(await failure(() => index.tune(new Float32Array(0), { recall: 1 }))).toBeInstanceOf(RangeError)
  })
})

describe('parameters of an index', () => {
  test('set at creation, changed later, never by a search', async () => {
    await using index = await filled({ factory: 'IVF64,Flat', parameters: { nprobe: 64 } })
    const all = await index.search(queries, 10)
    const few = await index.search(queries, 10, { parameters: { nprobe: 1 } })
    expect(few.ids).not.toEqual(all.ids)
    expect((await index.search(queries, 10)).ids).toEqual(all.ids)
    await index.setSearchParameters({ nprobe: 1 })
    expect((await index.search(queries, 10)).ids).toEqual(few.ids)
    expect(index.searchParameters).toEqual({ nprobe: 1, max_codes: 0 })
  })

  test('an unknown one names those that the family has', async () => {
    const create = (factory: string, parameters: object) => () =>
      VectorIndex.create({ dimension: DIMENSION, metric: 'l2', factory, parameters })
    expect((await failure(create('HNSW8', { nprobe: 3 }))).message).toContain(
      'it has: efSearch, efConstruction',
    )
    expect((await failure(create('Flat', { efConstruction: 3 }))).message).toContain('it has none')
    expect(await failure(create('HNSW8', { efConstruction: 0 }))).toBeInstanceOf(RangeError)
    expect(await failure(create('HNSW8', { efConstruction: '40' }))).toBeInstanceOf(TypeError)
    await using index = await filled({ factory: 'HNSW8', parameters: { efConstruction: 60 } })
    const error = await failure(() =>
      index.search(queries, 1, { parameters: { efConstruction: 60 } as never }),
    )
    expect(error.message).toContain('for building the index, not for a search')
  })

  test('hundreds of searches at once, each with its own', async () => {
    await using index = await filled({ factory: 'IVF64,Flat' })
    const nprobes = Array.from({ length: 200 }, (_, i) => 1 + (i % 8))
    const expected = await Promise.all(
      Array.from({ length: 8 }, (_, i) => index.search(queries, 5, { parameters: { nprobe: 1 + i } })),
    )
    const found = await Promise.all(
      nprobes.map((nprobe) => index.search(queries, 5, { parameters: { nprobe } })),
    )
    for (const [i, { ids }] of found.entries()) expect(ids).toEqual(expected[nprobes[i] - 1].ids)
  })
})

const many = randomVectors(12_000, DIMENSION, 3)

/** Built as recommended, beside its promise. */
async function memoryOf({ factory, parameters, memoryBytes }: Candidate, metric: Metric) {
  await using index = await VectorIndex.create({ dimension: DIMENSION, metric, factory, parameters })
  await index.train(many.subarray(0, 1_000 * DIMENSION))
  await index.add(many)
  return { factory, promised: memoryBytes, taken: index.memoryBytes }
}

test('memory is what recommend() says, for every family', async () => {
  for (const metric of ['l2', 'ip'] as const) {
    const situation = {
      count: 12_000,
      dimension: DIMENSION,
      metric,
      recall: 0.9,
      onGpu: false,
      byteCodeBytes: () => 0, // of so few dimensions
    }
    const list = [...candidates(situation), hnsw(situation, flatCode(situation)), refined(situation)]
    expect(list.length).toBeGreaterThan(10)
    for (const candidate of list) {
      const { factory, promised, taken } = await memoryOf(candidate, metric)
      expect([factory, metric, Math.abs(taken / promised - 1) < 0.03, taken, promised]).toEqual([
        factory,
        metric,
        true,
        taken,
        promised,
      ])
    }
  }
})
