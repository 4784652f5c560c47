// Files between densenode and FAISS's Python, both ways.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import * as path from 'node:path'

import { type Metric, type SearchResults, VectorIndex } from 'densenode'
import { scratchFolder } from '../scratch-folder'
import { failure, largestDifference, oraclePython, randomVectors } from './support'

const DIMENSION = 16
const COUNT = 1_000
const K = 5
const vectors = randomVectors(COUNT, DIMENSION, 1)
const queries = randomVectors(20, DIMENSION, 2)
const folder = scratchFolder('faiss')

interface Case {
  name: string
  factory: string
  metric: 'ip' | 'l2' | 'l1'
  /** How FAISS keeps ids: not at all, in an IndexIDMap or IndexIDMap2, in inverted lists. */
  ids: 'none' | 'map' | 'map2' | 'lists'
  nprobe?: number
  direct_map?: boolean
  /** What densenode reads off the file. */
  as?: string
}

const FAMILIES: Omit<Case, 'name'>[] = [
  { factory: 'Flat', metric: 'ip', ids: 'none' },
  { factory: 'Flat', metric: 'l1', ids: 'map' },
  { factory: 'SQ8', metric: 'l2', ids: 'map2' },
  { factory: 'SQ4', metric: 'ip', ids: 'none' },
  { factory: 'SQ6', metric: 'l2', ids: 'none' },
  { factory: 'SQfp16', metric: 'l2', ids: 'map' },
  { factory: 'SQbf16', metric: 'ip', ids: 'none' },
  { factory: 'PQ8', metric: 'l2', ids: 'map' },
  { factory: 'PQ4x6', metric: 'ip', ids: 'none' },
  { factory: 'PQ8x4fs', metric: 'l2', ids: 'map' },
  { factory: 'RaBitQ', metric: 'l2', ids: 'none' },
  { factory: 'HNSW8', metric: 'l2', ids: 'map2', as: 'HNSW8,Flat' },
  { factory: 'HNSW8,SQ8', metric: 'ip', ids: 'none' },
  { factory: 'HNSW8,PQ8', metric: 'l2', ids: 'none' },
  { factory: 'IVF16,Flat', metric: 'ip', ids: 'lists', nprobe: 4 },
  { factory: 'IVF16,Flat', metric: 'l1', ids: 'none', nprobe: 40, direct_map: true },
  { factory: 'IVF16_HNSW8,SQ8', metric: 'l2', ids: 'map', nprobe: 4 },
  { factory: 'IVF16,PQ8', metric: 'l2', ids: 'lists', nprobe: 4 },
  { factory: 'IVF16,PQ8x4fs', metric: 'l2', ids: 'map2', nprobe: 4 },
  { factory: 'IVF16,PQ8x4fsr', metric: 'ip', ids: 'lists', nprobe: 4 },
  { factory: 'IVF16,RaBitQ', metric: 'l2', ids: 'none', nprobe: 4 },
  { factory: 'IMI2x2,PQ4', metric: 'l2', ids: 'lists', nprobe: 4 },
  { factory: 'PCAR8,Flat', metric: 'l2', ids: 'map' },
  { factory: 'PCAW8,Flat', metric: 'l2', ids: 'none' },
  { factory: 'OPQ4_8,IVF16,PQ4', metric: 'l2', ids: 'lists', nprobe: 4 },
  { factory: 'RR12,SQ8', metric: 'ip', ids: 'none' },
  { factory: 'Pad20,L2norm,Flat', metric: 'l2', ids: 'none' },
  { factory: 'IVF16,PQ8x4fs,RFlat', metric: 'l2', ids: 'map', nprobe: 4, as: 'IVF16,PQ8x4fs,Refine(Flat)' },
  { factory: 'PQ8,Refine(SQ8)', metric: 'l2', ids: 'none' },
]
const CASES: Case[] = FAMILIES.map((each, i) => ({ ...each, name: `case${i}` }))

function python(mode: 'write' | 'read', cases: object[]): void {
  const file = path.join(folder, mode === 'write' ? 'cases.json' : 'exported.json')
  writeFileSync(file, JSON.stringify({ dimension: DIMENSION, k: K, cases }))
  execFileSync(oraclePython, [
    path.join(__dirname, '../../../test/integration/processes/faiss_files.py'),
    mode,
    folder,
  ])
}

function found(name: string): { ids: BigInt64Array; scores: Float32Array } {
  const bytes = (ending: string) =>
    new Uint8Array(readFileSync(path.join(folder, `${name}.${ending}`))).buffer
  return { ids: new BigInt64Array(bytes('ids')), scores: new Float32Array(bytes('scores')) }
}

/** The same neighbours, but where two are equally near. */
function expectSame(results: SearchResults, expected: { ids: BigInt64Array; scores: Float32Array }): void {
  let same = 0
  results.scores.forEach((score, i) => {
    expect(score).toBeCloseTo(expected.scores[i], 3)
    same += Number(results.ids[i] === expected.ids[i])
  })
  expect(same / results.ids.length).toBeGreaterThan(0.94)
}

beforeAll(() => {
  writeFileSync(path.join(folder, 'vectors.f32'), vectors)
  writeFileSync(path.join(folder, 'queries.f32'), queries)
  python('write', CASES)
})

test.each(CASES)(
  '$factory $metric with ids $ids, from Python',
  async ({ name, factory, metric, ids, as }) => {
    await using index = await VectorIndex.importFaiss(path.join(folder, `${name}.faiss`))
    expect(index).toMatchObject({
      dimension: DIMENSION,
      metric,
      count: COUNT,
      isTrained: true,
      device: 'cpu',
      model: '',
    })
    expect(index.factory).toBe(as ?? factory)
    expectSame(await index.search(queries, K), found(name))

    // It goes on as one of ours: it saves, opens and grows.
    const saved = path.join(folder, 'saved.dn')
    await index.save(saved)
    for (const mmap of [false, true]) {
      await using opened = await VectorIndex.open(saved, { mmap })
      expectSame(await opened.search(queries, K), found(name))
    }
    await index.add(vectors.subarray(0, DIMENSION))
    const first = ids === 'none' ? COUNT : 5_000_000_001
    expect((await index.reconstruct(first)).length).toBe(DIMENSION)
  },
)

test('every family that densenode writes, to Python', async () => {
  const exported: { name: string; count: number; results: SearchResults }[] = []
  for (const [i, { factory, metric }] of FAMILIES.entries()) {
    await using index = await VectorIndex.create({ dimension: DIMENSION, metric, factory })
    await index.train(vectors)
    const ids = Array.from({ length: COUNT }, (_, row) => 3 * ((row * 7) % COUNT) + 2 ** 40)
    await index.add(vectors, i % 2 ? ids : null)
    const name = `exported${i}`
    await index.exportFaiss(path.join(folder, `${name}.faiss`))
    exported.push({ name, count: COUNT, results: await index.search(queries, K) })
  }
  python(
    'read',
    exported.map(({ name, count }) => ({ name, count })),
  )
  for (const { name, results } of exported) expectSame(results, found(name))
}, 120_000)

test('a metric that the file cannot say, and one that it contradicts', async () => {
  const file = path.join(folder, 'case0.faiss')
  await using index = await VectorIndex.importFaiss(file, { metric: 'cosine' })
  expect(index.metric).toBe('cosine')
  const scaled = await index.search(
    queries.map((value) => 9 * value),
    1,
  )
  const { scores } = await index.search(queries, 1)
  expect(largestDifference(scaled.scores, scores)).toBeLessThan(1e-5)
  expect(await failure(() => VectorIndex.importFaiss(file, { metric: 'l2' }))).toMatchObject({
    name: 'RangeError',
    message: expect.stringContaining('"ip" or "cosine"'),
  })
  const wrong = 'dot' as Metric
  expect(await failure(() => VectorIndex.importFaiss(file, { metric: wrong }))).toBeInstanceOf(RangeError)
})

test('a file of FAISS is no file of densenode, and the other way round', async () => {
  const file = path.join(folder, 'case0.faiss')
  expect(await failure(() => VectorIndex.open(file))).toMatchObject({
    code: 'FILE_CORRUPT',
    message: expect.stringContaining('importFaiss'),
  })
  const saved = path.join(folder, 'ours.dn')
  await using index = await VectorIndex.create({ dimension: DIMENSION, metric: 'ip' })
  await index.save(saved)
  expect(await failure(() => VectorIndex.importFaiss(saved))).toMatchObject({ code: 'FILE_CORRUPT' })
  expect(await failure(() => VectorIndex.importFaiss(path.join(folder, 'none')))).toMatchObject({
    code: 'FILE_NOT_FOUND',
  })
  expect(await failure(() => index.exportFaiss(path.join(folder, 'no', 'folder')))).toMatchObject({
    code: 'FILE_WRITE_FAILED',
  })
})

const REFUSED = `
import sys, numpy as np, faiss
folder = sys.argv[1]
vectors = np.random.default_rng(1).random((300, 16), dtype=np.float32)
for name, factory in [('lsh', 'LSH'), ('nsg', 'NSG8,Flat'), ('rq', 'RQ2x4'), ('direct', 'SQ8_direct')]:
    index = faiss.index_factory(16, factory)
    index.train(vectors)
    index.add(vectors)
    faiss.write_index(index, f'{folder}/{name}.faiss')
index = faiss.IndexIDMap(faiss.IndexFlatL2(16))
index.add_with_ids(vectors[:2], np.array([4, 4]))
faiss.write_index(index, f'{folder}/twice.faiss')
index = faiss.IndexIDMap(faiss.IndexFlatL2(16))
index.add_with_ids(vectors[:2], np.array([4, -4]))
faiss.write_index(index, f'{folder}/negative.faiss')
faiss.write_index_binary(faiss.IndexBinaryFlat(16), f'{folder}/binary.faiss')
`

test('families and ids that densenode does not have are named', async () => {
  execFileSync(oraclePython, ['-c', REFUSED, folder])
  const names = {
    lsh: 'IndexLSH',
    nsg: 'IndexNSGFlat',
    rq: 'IndexResidualQuantizer',
    direct: 'scalar quantizer',
    twice: 'id 4 more than once',
    negative: 'id -4',
    binary: 'IndexBinaryFlat',
  }
  for (const [name, part] of Object.entries(names)) {
    expect(await failure(() => VectorIndex.importFaiss(path.join(folder, `${name}.faiss`)))).toMatchObject({
      code: 'INDEX_UNSUPPORTED',
      message: expect.stringContaining(part),
    })
  }
})
