import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import * as path from 'node:path'

import {
  cosineSimilarity,
  dotProduct,
  euclideanDistance,
  info,
  manhattanDistance,
  VectorIndex,
  type VectorIndexOptions,
} from 'densenode'
import { scratchFolder } from '../scratch-folder'
import { failure, randomVectors, rowsOf } from './support'

const DIMENSION = 24
const COUNT = 2_000
const vectors = randomVectors(COUNT, DIMENSION, 1)
const queries = randomVectors(50, DIMENSION, 2)
const scratch = scratchFolder('index')

const open: VectorIndex[] = []
afterEach(() => Promise.all(open.splice(0).map((index) => index.dispose())))

async function create(options: Partial<VectorIndexOptions> = {}): Promise<VectorIndex> {
  const index = await VectorIndex.create({ dimension: DIMENSION, metric: 'ip', ...options })
  open.push(index)
  return index
}

async function filled(options: Partial<VectorIndexOptions> = {}): Promise<VectorIndex> {
  const index = await create(options)
  if (!index.isTrained) await index.train(vectors)
  await index.add(vectors)
  return index
}

const score = {
  ip: dotProduct,
  cosine: cosineSimilarity,
  l2: (a: Float32Array, b: Float32Array) => euclideanDistance(a, b) ** 2,
  l1: manhattanDistance,
}

/** All scores of one query, best first, in double precision. */
function exact(metric: keyof typeof score, query: Float32Array) {
  const sign = metric === 'ip' || metric === 'cosine' ? -1 : 1
  return rowsOf(vectors, DIMENSION)
    .map((row, id) => ({ id, score: score[metric](query, row) }))
    .sort((a, b) => sign * (a.score - b.score))
}

describe('exact search', () => {
  test.each(['ip', 'l2', 'cosine', 'l1'] as const)(
    '%s equals arithmetic in double precision',
    async (metric) => {
      const index = await filled({ metric })
      const results = await index.search(queries, 10)
      expect(results).toMatchObject({ count: 50, k: 10 })
      rowsOf(queries, DIMENSION).forEach((query, q) => {
        const expected = exact(metric, query)
        results.hits(q).forEach((hit, rank) => {
          expect(hit.score).toBeCloseTo(expected[rank].score, 3)
          expect(score[metric](query, rowsOf(vectors, DIMENSION)[hit.id])).toBeCloseTo(hit.score, 3)
        })
      })
    },
  )

  test('one query equals many', async () => {
    const index = await filled()
    const many = await index.search(queries, 5)
    for (let q = 0; q < 50; q++) {
      const one = await index.search(queries.subarray(q * DIMENSION, (q + 1) * DIMENSION), 5)
      expect(one.hits(0).map(({ id }) => id)).toEqual(many.hits(q).map(({ id }) => id))
    }
  })

  test('k above the count pads with -1 and the worst score', async () => {
    for (const [metric, worst] of [
      ['ip', -Infinity],
      ['l2', Infinity],
    ] as const) {
      const index = await create({ metric })
      await index.add(vectors.subarray(0, 3 * DIMENSION))
      const results = await index.search(queries.subarray(0, DIMENSION), 5)
      expect([...results.ids.subarray(3)]).toEqual([-1n, -1n])
      expect([...results.scores.subarray(3)]).toEqual([worst, worst])
      expect(results.hits(0)).toHaveLength(3)
    }
  })

  test('an empty index and an empty list of queries', async () => {
    const index = await create()
    expect((await index.search(queries, 3)).hits(0)).toEqual([])
    const none = await index.search(new Float32Array(0), 3)
    expect(none).toMatchObject({ count: 0, k: 3 })
    await index.add(new Float32Array(0))
    expect(index.count).toBe(0)
  })
})

describe('searchSync', () => {
  test.each(['Flat', 'IVF16,Flat', 'HNSW16', 'PQ6np'])('%s: what search gives', async (factory) => {
    const index = await filled({ factory, metric: 'l2' })
    const filter = { from: 100, exclude: [150] }
    for (const options of [{}, { filter }]) {
      const { ids, scores } = await index.search(queries, 7, options)
      expect(index.searchSync(queries, 7, options)).toMatchObject({ ids, scores, count: 50, k: 7 })
    }
    const one = queries.subarray(0, DIMENSION)
    expect(index.searchSync(one, 3).hits(0)).toEqual((await index.search(one, 3)).hits(0))
  })

  test('misuse', async () => {
    const index = await filled({ factory: 'IVF16,Flat' })
    expect(() => index.searchSync(queries, 0)).toThrow('option "k"')
    expect(() => index.searchSync(queries.subarray(1), 1)).toThrow('multiple of the dimension')
    const refused = (options: object) => () => index.searchSync(queries, 1, options)
    expect(refused({ parameters: { efSearch: 5 } })).toThrow('efSearch')
    expect(refused({ signal: new AbortController().signal })).toThrow('option "signal"')
    const bad = queries.slice(0, DIMENSION)
    bad[3] = Number.NaN
    expect(() => index.searchSync(bad, 1)).toThrow(RangeError)
    await index.dispose()
    expect(() => index.searchSync(queries, 1)).toThrow('searchSync was called on a disposed VectorIndex')
  })
})

describe('byteCodes', () => {
  const dimension = 65
  const count = 5_000
  const some = randomVectors(count, dimension, 3)
  const asked = randomVectors(20, dimension, 4)
  const one = asked.subarray(0, dimension)
  const large = async (options: Partial<VectorIndexOptions> = {}) => {
    const index = await create({ dimension, ...options })
    await index.add(some)
    return index
  }
  const promised = (metric: VectorIndexOptions['metric'], byteCodes: boolean) =>
    VectorIndex.recommend({ count, dimension, metric, recall: 1, byteCodes }).memoryBytes

  test.each(['ip', 'cosine', 'l2', 'l1'] as const)(
    '%s: after the first searches memory is what recommend says, with the results of an index without them',
    async (metric) => {
      const without = await large({ metric, byteCodes: false })
      const exact = await without.search(asked, 10)
      expect(without.byteCodes).toBe(false)
      expect(Math.abs(without.memoryBytes - promised(metric, false))).toBeLessThan(200)
      for (const search of ['search', 'searchSync'] as const) {
        const index = await large({ metric })
        expect(index.byteCodes).toBe(true)
        expect((await index[search](asked, 10)).ids).toEqual(exact.ids)
        for (let q = 0; q < 20; q++) {
          const { ids } = await index[search](asked.subarray(q * dimension, (q + 1) * dimension), 10)
          expect(ids).toEqual(exact.ids.slice(q * 10, (q + 1) * 10))
        }
        expect(Math.abs(index.memoryBytes - promised(metric, true))).toBeLessThan(200)
      }
    },
  )

  test('of lone queries the second makes them', async () => {
    const index = await large()
    const before = index.memoryBytes
    index.searchSync(one, 3)
    expect(index.memoryBytes).toBe(before)
    index.searchSync(one, 3)
    const more = promised('ip', true) - promised('ip', false)
    expect(index.memoryBytes).toBe(before + more)
  })

  test('open and importFaiss have the choice, and files do not keep it', async () => {
    const index = await large({ byteCodes: false })
    const [saved, exported] = [path.join(scratch, 'codes.index'), path.join(scratch, 'codes.faiss')]
    await index.save(saved)
    await index.exportFaiss(exported)
    for (const byteCodes of [undefined, false]) {
      const options = { byteCodes }
      for (const read of [VectorIndex.open(saved, options), VectorIndex.importFaiss(exported, options)]) {
        const again = await read
        open.push(again)
        const attached = VectorIndex.attach(again.share())
        open.push(attached)
        expect([again.byteCodes, attached.byteCodes]).toEqual([byteCodes ?? true, byteCodes ?? true])
        await again.search(asked, 3)
        expect(Math.abs(again.memoryBytes - promised('ip', byteCodes ?? true))).toBeLessThan(200)
      }
    }
  })

  test('misuse', async () => {
    const wrong = { byteCodes: 1 } as object
    for (const call of [
      () => VectorIndex.create({ dimension, metric: 'ip', ...wrong }),
      () => VectorIndex.open('x', wrong),
      () => VectorIndex.importFaiss('x', wrong),
    ])
      expect((await failure(call)).message).toContain('option "byteCodes": expected a boolean')
  })
})

describe('ids', () => {
  test('from 0 by default, then after the largest', async () => {
    const index = await create()
    await index.add(vectors.subarray(0, 2 * DIMENSION))
    await index.add(vectors.subarray(2 * DIMENSION, 3 * DIMENSION), [100])
    await index.add(vectors.subarray(3 * DIMENSION, 4 * DIMENSION))
    const ids = [...(await index.search(queries.subarray(0, DIMENSION), 4)).ids].sort((a, b) => Number(a - b))
    expect(ids).toEqual([0n, 1n, 100n, 101n])
  })

  test('numbers, bigints and BigInt64Array, up to 2^63 - 2, from a byteOffset', async () => {
    const index = await create()
    const largest = 2n ** 63n - 2n
    const view = new BigInt64Array(new ArrayBuffer(24), 8, 1)
    view[0] = 9n
    await index.add(vectors.subarray(0, DIMENSION), [5])
    await index.add(vectors.subarray(DIMENSION, 2 * DIMENSION), view)
    await index.add(vectors.subarray(2 * DIMENSION, 3 * DIMENSION), [largest])
    const results = await index.search(queries.subarray(0, DIMENSION), 3)
    expect(new Set(results.ids)).toEqual(new Set([5n, 9n, largest]))
    expect(() => results.hits(0)).toThrow(RangeError)
    expect(results.hits(0, { bigint: true })).toHaveLength(3)
  })

  test('an id that is there already: nothing is added', async () => {
    const index = await create()
    await index.add(vectors.subarray(0, DIMENSION), [7])
    for (const ids of [
      [8, 7],
      [8, 8],
    ]) {
      const error = await failure(() => index.add(vectors.subarray(0, 2 * DIMENSION), ids))
      expect(error).toBeInstanceOf(RangeError)
      expect(index.count).toBe(1)
    }
    expect(
      await failure(() => index.add(vectors.subarray(0, DIMENSION), new BigInt64Array([-1n]))),
    ).toBeInstanceOf(RangeError)
  })

  test('remove', async () => {
    const index = await filled()
    const best = (await index.search(queries.subarray(0, DIMENSION), 2)).hits(0)
    expect(await index.remove([best[0].id, 999_999])).toBe(1)
    expect(index.count).toBe(COUNT - 1)
    expect((await index.search(queries.subarray(0, DIMENSION), 1)).hits(0)[0]).toEqual(best[1])
    expect(await index.remove([])).toBe(0)
  })

  test('reconstruct gives the stored vector', async () => {
    const index = await filled()
    expect(await index.reconstruct(42)).toEqual(vectors.slice(42 * DIMENSION, 43 * DIMENSION))
    expect(await failure(() => index.reconstruct(COUNT))).toBeInstanceOf(RangeError)
  })
})

describe('memory of the caller', () => {
  test('vectors are copied into the index: changing them afterwards changes nothing', async () => {
    const index = await create()
    const mine = vectors.slice(0, 2 * DIMENSION)
    await index.add(mine)
    mine.fill(0)
    expect(await index.reconstruct(1)).toEqual(vectors.slice(DIMENSION, 2 * DIMENSION))
  })

  test('views with a byteOffset are read where they begin', async () => {
    const index = await create()
    const memory = new Float32Array(3 * DIMENSION).fill(99)
    memory.set(vectors.subarray(0, DIMENSION), DIMENSION)
    await index.add(memory.subarray(DIMENSION, 2 * DIMENSION))
    expect(index.count).toBe(1)
    expect(await index.reconstruct(0)).toEqual(vectors.slice(0, DIMENSION))
  })
})

describe('families', () => {
  test('IVF needs training, and finds nearly all with enough probes', async () => {
    const index = await create({ factory: 'IVF16,Flat' })
    expect(index.isTrained).toBe(false)
    expect((await failure(() => index.add(vectors))).code).toBe('INDEX_NOT_TRAINED')
    await index.train(vectors)
    expect(index.isTrained).toBe(true)
    await index.add(vectors)
    const recall = async (nprobe: number) => {
      const results = await index.search(queries, 10, { parameters: { nprobe } })
      let found = 0
      rowsOf(queries, DIMENSION).forEach((query, q) => {
        const best = new Set(
          exact('ip', query)
            .slice(0, 10)
            .map(({ id }) => id),
        )
        found += results.hits(q).filter(({ id }) => best.has(id)).length
      })
      return found / 500
    }
    expect(await recall(16)).toBe(1)
    expect(await recall(1)).toBeLessThan(await recall(8))
  })

  test('HNSW takes efSearch and not nprobe', async () => {
    const index = await filled({ factory: 'HNSW16', metric: 'l2' })
    expect((await index.search(queries, 10, { parameters: { efSearch: 128 } })).hits(0)).toHaveLength(10)
    const error = await failure(() => index.search(queries, 10, { parameters: { nprobe: 4 } }))
    expect(error).toBeInstanceOf(RangeError)
    expect(error.message).toContain('nprobe')
    expect(error.message).toContain('efSearch')
  })

  test.each(['Nonsense', '', 'IVF0,Flat', 'IVF99999999999999,Flat', 'PQ7'])(
    'factory %j is refused',
    async (factory) => {
      const error = await failure(() => VectorIndex.create({ dimension: DIMENSION, metric: 'ip', factory }))
      expect([error.name, error.code]).toEqual(['DensenodeError', expect.stringMatching(/^INDEX_/)])
    },
  )
})

describe('wrong values', () => {
  test.each([Number.NaN, Infinity])('%d in a vector or a query is refused, all or nothing', async (value) => {
    const index = await create()
    const bad = vectors.slice(0, 3 * DIMENSION)
    bad[DIMENSION + 1] = value
    const error = await failure(() => index.add(bad))
    expect(error).toBeInstanceOf(RangeError)
    expect(error.message).toContain('1')
    expect(index.count).toBe(0)
    expect(await failure(() => index.search(bad, 1))).toBeInstanceOf(RangeError)
  })

  test.each([0, -1, 1.5, 2 ** 24 + 1])('k = %d is refused', async (k) => {
    const index = await create()
    const error = await failure(() => index.search(queries, k))
    expect(error).toBeInstanceOf(RangeError)
    expect(error.message).toContain('option "k": expected an integer from 1 to 16777216')
  })

  test('a result too large for one array', async () => {
    const index = await create()
    const error = await failure(() => index.search(randomVectors(300, DIMENSION), 2 ** 24))
    expect(error).toBeInstanceOf(RangeError)
    expect(error.message).toContain('ask for a smaller k')
  })

  test('a length that is no multiple of the dimension', async () => {
    const index = await create()
    for (const call of [
      () => index.add(new Float32Array(25)),
      () => index.train(new Float32Array(25)),
      () => index.search(new Float32Array(25), 1),
    ])
      expect((await failure(call)).message).toContain('a multiple of the dimension 24, got Float32Array(25)')
  })
})

describe('files', () => {
  test.each([
    ['Flat', false],
    ['Flat', true],
    ['IVF16,Flat', false],
    ['IVF16,PQ8np', false],
    ['HNSW16', false],
  ])('%s (mmap %s) opens as it was saved', async (factory, mmap) => {
    const index = await filled({ factory, metric: 'l2' })
    const file = path.join(scratch, `${factory}-${mmap}.index`)
    await index.save(file)
    const opened = await VectorIndex.open(file, { mmap })
    open.push(opened)
    expect(opened).toMatchObject({
      factory,
      metric: 'l2',
      dimension: DIMENSION,
      count: COUNT,
      isTrained: true,
    })
    const [before, after] = [await index.search(queries, 5), await opened.search(queries, 5)]
    expect(after.ids).toEqual(before.ids)
    expect(after.scores).toEqual(before.scores)
  })

  test('saving leaves one file, and replaces the old one', async () => {
    const folder = mkdtempSync(path.join(scratch, 'one-'))
    const file = path.join(folder, 'index')
    const index = await create()
    await index.save(file)
    await index.add(vectors)
    await index.save(file)
    expect(readdirSync(folder)).toEqual(['index'])
    const opened = await VectorIndex.open(file)
    open.push(opened)
    expect(opened.count).toBe(COUNT)
  })

  test('a file cut anywhere, or with a bit changed, is an error', async () => {
    const index = await filled({ factory: 'IVF16,Flat' })
    const file = path.join(scratch, 'whole')
    await index.save(file)
    const whole = readFileSync(file)
    const damaged = path.join(scratch, 'damaged')
    for (let length = 0; length < whole.length; length += 10_007) {
      writeFileSync(damaged, whole.subarray(0, length))
      expect((await failure(() => VectorIndex.open(damaged))).code).toBe('FILE_CORRUPT')
    }
    for (let at = 0; at < whole.length; at += 10_007) {
      const changed = Buffer.from(whole)
      changed[at] ^= 0x40
      writeFileSync(damaged, changed)
      expect((await failure(() => VectorIndex.open(damaged))).code).toBe('FILE_CORRUPT')
    }
  })

  test('no file, a folder, a place that cannot be written', async () => {
    expect((await failure(() => VectorIndex.open(path.join(scratch, 'none')))).code).toBe('FILE_NOT_FOUND')
    expect((await failure(() => VectorIndex.open(scratch))).code).toBe('FILE_UNREADABLE')
    const index = await create()
    const error = await failure(() => index.save(path.join(scratch, 'no', 'such', 'folder')))
    expect(error.code).toBe('FILE_WRITE_FAILED')
  })
})

describe('device', () => {
  test('an index is on the CPU, and may be told so', async () => {
    const index = await filled({ device: 'cpu', storage: 'fp32' })
    expect(index.device).toBe('cpu')
    expect(await index.to('cpu')).toBe(index)
    expect(index.count).toBe(COUNT)
    const file = path.join(scratch, 'device')
    await index.save(file)
    await using opened = await VectorIndex.open(file, { device: 'cpu' })
    expect(opened.device).toBe('cpu')
  })

  test('misuse is told before any work', async () => {
    const index = await create()
    for (const device of ['gpu', 'cuda:', 'cuda:-1', 'cuda:1e3', 'auto', ''] as never[]) {
      const error = await failure(() => index.to(device))
      expect(error).toBeInstanceOf(RangeError)
      expect(error.message).toContain('option "device": expected one of "cpu", "cuda", "cuda:N"')
    }
    expect(await failure(() => index.to(undefined as never))).toBeInstanceOf(TypeError)
    expect(await failure(() => index.to(['cuda:0', 1] as never))).toBeInstanceOf(TypeError)
    expect((await failure(() => create({ device: 'cuda', storage: 'fp64' as never }))).message).toContain(
      'option "storage"',
    )
    expect((await failure(() => create({ storage: 'fp16' }))).message).toContain('SQfp16')
    expect((await failure(() => VectorIndex.open('x', { mmap: true, device: 'cuda' }))).message).toContain(
      'option "mmap"',
    )
    await index.dispose()
    expect(() => index.device).toThrow('disposed')
    expect((await failure(() => index.to('cpu'))).message).toContain('disposed')
  })

  const withoutGpu = info().gpus.length === 0 ? test : test.skip
  withoutGpu('without a GPU the error says what is missing', async () => {
    const unavailable = {
      name: 'DensenodeError',
      code: 'DEVICE_UNAVAILABLE',
      message: expect.stringMatching(/CUDA/),
    }
    const index = await filled()
    const file = path.join(scratch, 'unavailable')
    await index.save(file)
    for (const device of ['cuda', 'cuda:0', 'cuda:7'] as const) {
      expect(await failure(() => index.to(device))).toMatchObject(unavailable)
      expect(await failure(() => create({ device }))).toMatchObject(unavailable)
      expect(await failure(() => VectorIndex.open(file, { device }))).toMatchObject(unavailable)
    }
    expect(index.device).toBe('cpu')
    expect((await index.search(queries, 1)).count).toBe(50)
  })
})
