import { VectorIndex } from 'densenode'

import { failure, randomVectors } from './support'

const DIMENSION = 24
const COUNT = 5_000
const vectors = randomVectors(COUNT, DIMENSION, 1)
const queries = randomVectors(20, DIMENSION, 2)

let flat: VectorIndex
let ivf: VectorIndex
let graph: VectorIndex
beforeAll(async () => {
  const filled = async (factory: string) => {
    const index = await VectorIndex.create({ dimension: DIMENSION, metric: 'cosine', factory })
    if (!index.isTrained) await index.train(vectors)
    await index.add(vectors)
    return index
  }
  flat = await filled('Flat')
  ivf = await filled('IVF64,Flat')
  graph = await filled('HNSW16')
})
afterAll(() => Promise.all([flat, ivf, graph].map((index) => index.dispose())))

/** Every id of each query, best first, by search without a filter. */
async function ranked(): Promise<number[][]> {
  const all = await flat.search(queries, COUNT)
  return Array.from({ length: all.count }, (_, q) => all.hits(q).map(({ id }) => id))
}

const even = Array.from({ length: COUNT / 2 }, (_, i) => 2 * i)
const bits = new Uint8Array(COUNT / 8).map((_, i) => (i * 37) & 255)

test.each([
  ['ids', { ids: [5, 17, 4_999, 9_999_999] }, (id: number) => [5, 17, 4_999].includes(id)],
  ['many ids', { ids: even }, (id: number) => id % 2 === 0],
  ['a range', { from: 100, to: 150n }, (id: number) => id >= 100 && id < 150],
  ['a bitmap', { bitmap: bits }, (id: number) => (bits[id >> 3] >> (id & 7)) % 2 === 1],
  ['exclusion', { exclude: BigInt64Array.from(even, BigInt) }, (id: number) => id % 2 === 1],
  [
    'several together',
    { ids: even, from: 1_000, exclude: [1_002] },
    (id: number) => id % 2 === 0 && id >= 1_000 && id !== 1_002,
  ],
  ['nothing', { ids: [] }, () => false],
])('%s: the neighbours that are allowed', async (_, filter, allows) => {
  const expected = (await ranked()).map((ids) => ids.filter(allows).slice(0, 10))
  for (const [index, options] of [
    [flat, {}],
    [ivf, { parameters: { nprobe: 64 } }],
  ] as const) {
    const results = await index.search(queries, 10, { ...options, filter })
    for (const [q, ids] of expected.entries()) expect(results.hits(q).map(({ id }) => id)).toEqual(ids)
  }
  const results = await graph.search(queries, 10, { filter })
  expected.forEach((ids, q) => {
    const found = results.hits(q).map(({ id }) => id)
    expect(found.filter(allows)).toHaveLength(ids.length)
  })
})

test('1 % of the vectors still fill k', async () => {
  const ids = Array.from({ length: COUNT / 100 }, (_, i) => 100 * i)
  const expected = (await ranked()).map((all) => all.filter((id) => id % 100 === 0).slice(0, 20))
  for (const index of [flat, ivf, graph]) {
    const results = await index.search(queries, 20, { filter: { ids } })
    for (const [q, all] of expected.entries()) expect(results.hits(q).map(({ id }) => id)).toEqual(all)
  }
})

test('searches with different filters run side by side', async () => {
  const filters = Array.from({ length: 16 }, (_, i) => ({ from: 300 * i, to: 300 * i + 300 }))
  const results = await Promise.all(filters.map((filter) => ivf.search(queries, 5, { filter })))
  results.forEach((result, i) => {
    for (const id of result.ids) expect(Number(id) >= 300 * i && Number(id) < 300 * i + 300).toBe(true)
  })
})

test('misuse is refused before the search', async () => {
  for (const [filter, message] of [
    [{}, 'option "filter"'],
    [[1, 2], 'option "filter"'],
    [{ id: [1] }, 'Did you mean "ids"?'],
    [{ ids: [1.5] }, 'option "filter.ids[0]"'],
    [{ ids: 'all' }, 'option "filter.ids"'],
    [{ from: -1 }, 'option "filter.from"'],
    [{ from: 5, to: 4 }, 'option "filter.to"'],
    [{ bitmap: [1] }, 'option "filter.bitmap"'],
    [{ bitmap: new Uint8Array(new SharedArrayBuffer(8)) }, 'option "filter.bitmap"'],
  ] as const) {
    const error = await failure(() => flat.search(queries, 1, { filter: filter as never }))
    expect(error.message).toContain(message)
  }
})
