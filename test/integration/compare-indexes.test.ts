import {
  compareIndexes,
  comparisonChart,
  comparisonTable,
  type IndexComparison,
  VectorIndex,
} from 'densenode'

import { recallAgainstExact } from '#lib/evaluation/exact-recall'

import { failure, randomVectors } from './support'

const DIMENSION = 16
const vectors = randomVectors(2000, DIMENSION, 1)
const queries = randomVectors(50, DIMENSION, 2)

let comparison: IndexComparison
beforeAll(async () => {
  comparison = await compareIndexes(vectors, queries, {
    dimension: DIMENSION,
    metric: 'l2',
    k: 5,
    batchSize: 20,
    indexes: [
      'Flat',
      { factory: 'HNSW8', build: { efConstruction: 20, efSearch: 7 } },
      { factory: 'IVF16,Flat', parameters: [{ nprobe: 1 }, { nprobe: 16 }] },
      'NoSuch',
      'IVF99999,Flat',
    ],
  })
})

test('rows: recall against exact search, speed, time and memory', () => {
  const { rows } = comparison
  expect(rows.map(({ factory, parameters }) => [factory, parameters])).toEqual([
    ['Flat', {}],
    ['HNSW8', { efConstruction: 20, efSearch: 7 }],
    ['IVF16,Flat', { nprobe: 1 }],
    ['IVF16,Flat', { nprobe: 16 }],
  ])
  expect(rows[0].recallAgainstExact).toBe(1)
  expect(rows[2].recallAgainstExact).toBeGreaterThan(0.2)
  expect(rows[2].recallAgainstExact).toBeLessThan(0.9)
  expect(rows[3].recallAgainstExact).toBe(1)
  for (const row of rows) {
    expect(row.queriesPerSecond).toBeGreaterThan(0)
    expect(row.latency.calls).toBe(3)
    expect(row.memoryBytes).toBeGreaterThanOrEqual(2000 * DIMENSION * 4)
  }
  expect(rows[0].trainSeconds).toBe(0)
  expect(JSON.parse(JSON.stringify(comparison))).toEqual(comparison)
})

test('what a family cannot do stands beside the rows', () => {
  expect(comparison.failures.map(({ factory }) => factory)).toEqual(['NoSuch', 'IVF99999,Flat'])
  expect(comparison.failures[1].message).toContain('2000')
})

test('recall equals the shared ids where nothing ties', async () => {
  const index = await VectorIndex.create({ dimension: DIMENSION, metric: 'l2', factory: 'IVF16,Flat' })
  const exact = await VectorIndex.create({ dimension: DIMENSION, metric: 'l2' })
  await index.train(vectors)
  await Promise.all([index.add(vectors), exact.add(vectors)])
  const found = await index.search(queries, 5, { parameters: { nprobe: 2 } })
  const truth = await exact.search(queries, 5)
  let shared = 0
  for (let i = 0; i < 50; i++) {
    const wanted = new Set(truth.hits(i).map(({ id }) => id))
    shared += found.hits(i).filter(({ id }) => wanted.has(id)).length
  }
  expect(shared).toBeLessThan(250)
  expect(await recallAgainstExact(found, truth, vectors, queries, DIMENSION, 'l2')).toBeCloseTo(
    shared / 250,
    12,
  )
})

test.each(['ip', 'l2', 'cosine', 'l1'] as const)('%s: any of equally near vectors counts', async (metric) => {
  const twice = new Float32Array(vectors.length * 2)
  twice.set(vectors)
  twice.set(vectors, vectors.length)
  const index = await VectorIndex.create({ dimension: DIMENSION, metric })
  await index.add(twice)
  const exact = await index.search(queries, 3)
  const other = await index.search(queries, 3)
  for (const [i, id] of other.ids.entries()) other.ids[i] = (id + 2000n) % 4000n
  expect(await recallAgainstExact(other, exact, twice, queries, DIMENSION, metric)).toBe(1)
  other.ids.fill(0n)
  expect(await recallAgainstExact(other, exact, twice, queries, DIMENSION, metric)).toBeLessThan(0.1)
})

test('the table', () => {
  const lines = comparisonTable(comparison).split('\n')
  expect(lines[0]).toMatch(/^index +parameters +recall@5 against exact +queries\/s/)
  expect(lines[4]).toMatch(/^IVF16,Flat +nprobe 1 +0\.\d{4} /)
  expect(lines[6]).toBe('2000 vectors of 16 dimensions, l2; 50 queries, 20 a call; cpu')
  expect(lines).toHaveLength(9)
})

test('the chart: a point a row, inside the picture, text escaped', () => {
  const odd = {
    ...comparison,
    rows: comparison.rows.map((row) => ({ ...row, factory: `<${row.factory}>&` })),
  }
  const svg = comparisonChart(odd)
  expect(svg).toMatch(/^<svg [^>]*viewBox="0 0 860 480"/)
  const points = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)" r="4.5" fill="[^"]+"><title>/g)]
  expect(points).toHaveLength(4)
  for (const [, x, y] of points) {
    expect(Number(x)).toBeGreaterThanOrEqual(76)
    expect(Number(x)).toBeLessThanOrEqual(640)
    expect(Number(y)).toBeGreaterThanOrEqual(52)
    expect(Number(y)).toBeLessThanOrEqual(418)
  }
  expect(svg).toContain('&lt;IVF16,Flat&gt;&amp;, nprobe 1')
  expect(svg).not.toContain('NaN')
  expect(comparisonChart({ ...comparison, rows: [] })).not.toContain('NaN')
})

test('the usual families are made to fit', async () => {
  const usual = await compareIndexes(vectors, queries, { dimension: DIMENSION, k: 1 })
  expect(usual.failures).toEqual([])
  expect(usual.rows.length).toBeGreaterThan(8)
})

test('wrong arguments', async () => {
  const compare = (options: object, ...given: unknown[]) =>
    failure(() => compareIndexes((given[0] ?? vectors) as never, queries, options))
  expect((await compare({})).message).toContain('option "dimension"')
  expect((await compare({ dimension: 17 })).message).toContain('multiple of the dimension 17')
  expect((await compare({ dimension: 16, k: 2001 })).message).toContain('There are no more vectors.')
  expect((await compare({ dimension: 16, indexes: [] })).message).toContain('at least one index')
  expect((await compare({ dimension: 16, indexes: [5] })).message).toContain('option "indexes[0]"')
  expect((await compare({ dimension: 16 }, new Float32Array(0))).message).toContain('at least one vector')
  const reason = new Error('stop')
  const aborted = failure(() =>
    compareIndexes(vectors, queries, { dimension: DIMENSION, signal: AbortSignal.abort(reason) }),
  )
  expect(await aborted).toBe(reason)
})
