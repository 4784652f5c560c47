import * as path from 'node:path'

import { DensenodeError, euclideanDistance, VectorIndex, type VectorIndexOptions } from 'densenode'
import { scratchFolder } from '../scratch-folder'
import { failure, randomVectors, rowsOf } from './support'

const DIMENSION = 16
const vectors = randomVectors(1_000, DIMENSION, 1)
const rows = rowsOf(vectors, DIMENSION)
const scratch = scratchFolder('change')

const open: VectorIndex[] = []
afterEach(() => Promise.all(open.splice(0).map((index) => index.dispose())))

async function create(options: Partial<VectorIndexOptions> = {}): Promise<VectorIndex> {
  const index = await VectorIndex.create({ dimension: DIMENSION, metric: 'l2', ...options })
  open.push(index)
  if (!index.isTrained) await index.train(vectors)
  return index
}

const some = (begin: number, end: number) => vectors.subarray(begin * DIMENSION, end * DIMENSION)
const nearest = async (index: VectorIndex, row: number) =>
  (await index.search(some(row, row + 1), 1)).hits(0)[0]?.id

// Parameters with which searches find the nearest of all.
describe.each([
  { factory: 'Flat' },
  { factory: 'IVF4,Flat', parameters: { nprobe: 4 } },
  { factory: 'HNSW16', parameters: { efSearch: 200 } },
  { factory: 'PQ8x4fs,RFlat', parameters: { k_factor: 100 } },
  { factory: 'IVF4,PQ4,RFlat', parameters: { nprobe: 4, k_factor: 100 } },
])('$factory', (options) => {
  test('update gives ids new vectors, or nothing changes', async () => {
    const index = await create(options)
    await index.add(some(0, 100))
    await index.update(some(500, 502), [7, 9])
    expect(index.count).toBe(100)
    expect(await nearest(index, 500)).toBe(7)
    expect(await nearest(index, 501)).toBe(9)
    expect([...(await index.reconstruct(7))]).toEqual([...rows[500]])
    const error = await failure(() => index.update(some(600, 602), [8, 100]))
    expect(error).toBeInstanceOf(RangeError)
    expect(error.message).toContain('id 100 is not in the index')
    expect(await nearest(index, 8)).toBe(8)
  })

  test('upsert adds what is not there', async () => {
    const index = await create(options)
    await index.add(some(0, 3), [1, 2, 3])
    expect(await index.upsert(some(10, 13), [3, 4n, 5].map(BigInt))).toBe(2)
    expect(await index.ids()).toEqual(BigInt64Array.of(1n, 2n, 3n, 4n, 5n))
    expect(await nearest(index, 10)).toBe(3)
  })

  test('remove: no search finds it, and its id is free', async () => {
    const index = await create(options)
    await index.add(some(0, 50))
    expect(await index.remove([3, 3, 4, 1_000])).toBe(2)
    expect(index.count).toBe(48)
    expect(await index.has(3)).toBe(false)
    expect(await index.has(5)).toBe(true)
    const { ids } = await index.search(some(0, 50), 48)
    expect(ids.includes(3n)).toBe(false)
    expect(new Set(ids).size).toBe(48)
    expect((await failure(() => index.reconstruct(3))).message).toContain('id 3 is not in the index')
    const file = path.join(scratch, 'removed')
    await index.save(file)
    const again = await VectorIndex.open(file)
    open.push(again)
    expect(again.count).toBe(48)
    expect((await again.search(some(3, 4), 48)).ids.includes(3n)).toBe(false)
    await again.compact()
    expect(again.count).toBe(48)
    await again.add(some(3, 4), [3])
    expect(await nearest(again, 3)).toBe(3)
  })

  test('merge takes all vectors of another index under their ids', async () => {
    const index = await create(options)
    await index.add(some(0, 50))
    const other = await create({ factory: 'Flat' })
    await other.add(
      some(50, 100),
      Array.from({ length: 50 }, (_, i) => i + 1_000),
    )
    await index.merge(other)
    expect(index.count).toBe(100)
    expect(other.count).toBe(50)
    expect(await nearest(index, 70)).toBe(1_020)
    const error = await failure(() => index.merge(other))
    expect(error.message).toContain('id 1000 is in both indexes')
    expect(index.count).toBe(100)
  })
})

describe('upgrade', () => {
  test('keeps ids and neighbours, in every thread and after save', async () => {
    const index = await create()
    const attached = VectorIndex.attach(index.share())
    open.push(attached)
    await index.add(
      vectors,
      Array.from({ length: 1_000 }, (_, i) => 3 * i),
    )
    const exact = await index.search(some(0, 20), 5)
    const upgraded = index.upgrade({ factory: 'IVF16,Flat', parameters: { nprobe: 16 } })
    expect((await index.search(some(0, 20), 5)).ids).toEqual(exact.ids) // meanwhile
    await upgraded
    for (const each of [index, attached]) {
      expect(each.factory).toBe('IVF16,Flat')
      expect((await each.search(some(0, 20), 5)).ids).toEqual(exact.ids)
      expect(each.searchParameters).toMatchObject({ nprobe: 16 })
    }
    await index.save(path.join(scratch, 'upgraded'))
    const again = await VectorIndex.open(path.join(scratch, 'upgraded'))
    open.push(again)
    expect(again.factory).toBe('IVF16,Flat')
    expect((await again.search(some(0, 20), 5)).ids).toEqual(exact.ids)
  })

  test('without a factory becomes what recommend says', async () => {
    const index = await create({ factory: 'IVF4,Flat' })
    await index.add(vectors)
    await index.upgrade()
    const recommended = VectorIndex.recommend({ count: 1_000, dimension: DIMENSION, metric: 'l2' })
    expect(index.factory).toBe(recommended.factory)
    expect(await nearest(index, 7)).toBe(7)
  })

  test('an index without byte codes becomes what is recommended for one', async () => {
    const count = 10_000
    const dimension = 64
    const index = await VectorIndex.create({ dimension, metric: 'ip', byteCodes: false })
    open.push(index)
    await index.add(randomVectors(count, dimension, 5))
    await index.upgrade()
    expect(index.factory).toBe('IVF100,Flat')
    expect(index.factory).toBe(
      VectorIndex.recommend({ count, dimension, metric: 'ip', byteCodes: false }).factory,
    )
  })

  test('refuses lossy vectors unless they are allowed', async () => {
    const index = await create({ factory: 'SQ8' })
    await index.add(vectors)
    const error = await failure(() => index.upgrade({ factory: 'Flat' }))
    expect(error).toBeInstanceOf(DensenodeError)
    expect(error.code).toBe('INDEX_UNSUPPORTED')
    expect(index.factory).toBe('SQ8')
    await index.upgrade({ factory: 'Flat', allowLossy: true })
    expect(index.factory).toBe('Flat')
  })

  test('stops when it is aborted, and the index is as before', async () => {
    const index = await create()
    await index.add(vectors)
    const reason = new Error('enough')
    expect(await failure(() => index.upgrade({ factory: 'HNSW32', signal: AbortSignal.abort(reason) }))).toBe(
      reason,
    )
    expect(index.factory).toBe('Flat')
  })
})

test('reconstructBatch gives rows in the order of the ids', async () => {
  const index = await create({ factory: 'IVF4,Flat' })
  await index.add(some(0, 100))
  const batch = await index.reconstructBatch([90n, 3n])
  expect(batch).toEqual(Float32Array.of(...rows[90], ...rows[3]))
  expect(await index.reconstructBatch([])).toHaveLength(0)
})

describe('rangeSearch', () => {
  test('finds what lies within the radius, best first', async () => {
    const index = await create()
    await index.add(vectors)
    const radius = 12
    const results = await index.rangeSearch(some(0, 40), radius)
    expect(results.count).toBe(40)
    for (let q = 0; q < 40; q++) {
      const expected = rows
        .map((row, id) => ({ id, score: euclideanDistance(rows[q], row) ** 2 }))
        .filter(({ score }) => score < radius)
        .sort((a, b) => a.score - b.score)
      const hits = results.hits(q)
      expect(hits.map(({ id }) => id)).toEqual(expected.map(({ id }) => id))
      for (const [i, { score }] of hits.entries()) expect(score).toBeCloseTo(expected[i].score, 3)
    }
    expect(results.offsets[40]).toBe(results.ids.length)
    expect(results.hits(0, { bigint: true })[0].id).toBe(0n)
  })

  test('takes filters and parameters', async () => {
    const index = await create({ factory: 'IVF4,Flat' })
    await index.add(vectors)
    const results = await index.rangeSearch(some(0, 1), 1e9, {
      parameters: { nprobe: 4 },
      filter: { from: 10, to: 20 },
    })
    expect([...results.ids].sort((a, b) => Number(a - b))).toEqual([
      10n,
      11n,
      12n,
      13n,
      14n,
      15n,
      16n,
      17n,
      18n,
      19n,
    ])
  })

  test('a radius that matches everything is refused beyond maxResults', async () => {
    const index = await create()
    await index.add(vectors)
    const error = await failure(() => index.rangeSearch(vectors, 1e9, { maxResults: 1_000 }))
    expect(error).toBeInstanceOf(RangeError)
    expect(error.message).toContain('more than 1000 results')
    expect((await index.rangeSearch(some(0, 1), 1e9, { maxResults: 1_000 })).ids).toHaveLength(1_000)
    expect((await index.rangeSearch(new Float32Array(0), 1)).count).toBe(0)
  })
})

test('misuse is refused before anything starts', async () => {
  const index = await create()
  await index.add(some(0, 3))
  const other = await VectorIndex.create({ dimension: 8, metric: 'l2' })
  open.push(other)
  await other.add(new Float32Array(8), [9])
  for (const [call, message] of [
    [() => index.update(some(0, 2), [1]), 'option "ids"'],
    [() => index.update(some(0, 2), [1, 1]), 'more than once'],
    [() => index.upsert(some(0, 1), [-1]), 'option "ids[0]"'],
    [() => index.rangeSearch(some(0, 1), Number.NaN), 'option "radius"'],
    [() => index.rangeSearch(some(0, 1), 1, { maxResults: 0 }), 'option "maxResults"'],
    [() => index.merge({} as never), 'option "other"'],
    [() => index.merge(index), 'into itself'],
    [() => index.merge(other), 'dimension 8'],
    [() => index.upgrade({ factory: 7 as never }), 'option "factory"'],
    [() => index.upgrade({ factory: 'Flat', lossy: true } as never), '"lossy"'],
  ] as const) {
    const error = await failure(call)
    expect(error.message).toContain(message)
    expect(error instanceof TypeError || error instanceof RangeError).toBe(true)
  }
  expect(index.count).toBe(3)
})
