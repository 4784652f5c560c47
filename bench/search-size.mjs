// What the number of vectors costs: queries a second, memory and build time of Flat, IVF and HNSW from 10,000 vectors on.
//   node bench/search-size.mjs [--count 1000000] [--families Flat,HNSW] [--threads N] [--save]
// --count is the largest number, up to 10,000,000: there IVF of 8-bit values alone, and Flat where it fits into memory.
// Beyond WordNet's 117,791 glosses vectors are synthetic (harness/many-vectors.mjs).
import os from 'node:os'

import { DIMENSION, ManyVectors } from './harness/many-vectors.mjs'
import { readOptions } from './harness/options.mjs'
import { describeMachine, digits, printTable, report } from './harness/report.mjs'
import { recall } from './harness/statistics.mjs'
import { queriesPerSecond, timed } from './harness/timing.mjs'
import { readVectors, wordnetEmbeddings } from './harness/vectors.mjs'
import { densenode, versions } from './peers/densenode/package.mjs'

const K = 10
const COUNTS = [10_000, 30_000, 100_000, 300_000, 1_000_000, 10_000_000]
/** Queries of one call, and how many are asked one at a time. */
const QUERIES = 500
const LONE_QUERIES = 100
/** Vectors that are made and added at a time, and the most that an index is trained with. */
const CHUNK = 50_000
const TRAINING = 200_000
/** Cells by FAISS's rule of thumb, no more than training can take here. */
const cells = (count) => Math.min(4096, 2 ** Math.round(Math.log2(4 * Math.sqrt(count))))
const FAMILIES = [
  { name: 'Flat', factory: () => 'Flat', parameters: {}, most: 10_000_000, bytes: 5 * DIMENSION },
  {
    name: 'IVF,Flat',
    factory: (count) => `IVF${cells(count)},Flat`,
    parameters: { nprobe: 64 },
    most: 1_000_000,
    bytes: 5 * DIMENSION,
  },
  {
    name: 'IVF,SQ8',
    factory: (count) => `IVF${cells(count)},SQ8`,
    parameters: { nprobe: 64 },
    most: 10_000_000,
    bytes: DIMENSION,
  },
  { name: 'HNSW32', factory: () => 'HNSW32', parameters: { efSearch: 64 }, most: 1_000_000, bytes: 2300 },
]

const options = readOptions({ peers: ['densenode'], trials: 1, count: 1_000_000 })
const machine = describeMachine()
const wanted = options.families.split(',')
const files = await wordnetEmbeddings(options.threads)
const vectors = new ManyVectors(readVectors(files.base))
const queries = readVectors(files.queries).subarray(0, QUERIES * DIMENSION)

const results = []
for (const count of COUNTS.filter((each) => each <= options.count)) {
  let exact = null
  for (const family of FAMILIES) {
    if (count > family.most || !wanted.some((name) => family.name.startsWith(name))) continue
    // The vectors, twice while they grow, a chunk on its way, and what else the system does.
    if (2 * count * family.bytes > os.freemem() - 2 ** 31) {
      console.log(`left out: ${family.name} of ${count} vectors, which does not fit into free memory`)
      continue
    }
    const { ids, ...measured } = await measure(family, count)
    if (family.name === 'Flat') exact = ids
    exact ??= await exactByParts(count)
    results.push({ family: family.name, count, ...measured, recall: recall(ids, exact, K) })
    process.stderr.write(`${family.name} ${count}\n`)
  }
}

/** Ids of the nearest where a Flat index of all vectors does not fit into memory. */
async function exactByParts(count) {
  const PART = 1_000_000
  const nearest = Array.from({ length: QUERIES }, () => [])
  for (let begin = 0; begin < count; begin += PART) {
    const end = Math.min(begin + PART, count)
    const index = await densenode.VectorIndex.create({ dimension: DIMENSION, metric: 'ip' })
    for (let i = begin; i < end; i += CHUNK) await index.add(vectors.rows(i, Math.min(i + CHUNK, end)))
    const { ids, scores } = await index.search(queries, K)
    nearest.forEach((of, query) => {
      for (let i = query * K; i < (query + 1) * K; i++) of.push([begin + Number(ids[i]), scores[i]])
      of.sort(([, a], [, b]) => b - a).splice(K)
    })
    await index.dispose()
  }
  return Int32Array.from(nearest.flat().map(([id]) => id))
}

async function measure({ factory, parameters }, count) {
  const name = factory(count)
  const index = await densenode.VectorIndex.create({
    dimension: DIMENSION,
    metric: 'ip',
    factory: name,
    parameters,
  })
  let buildSeconds = 0
  if (!index.isTrained) {
    const sample = vectors.rows(0, Math.min(count, TRAINING))
    ;[buildSeconds] = await timed(() => index.train(sample))
  }
  for (let begin = 0; begin < count; begin += CHUNK) {
    const chunk = vectors.rows(begin, Math.min(begin + CHUNK, count))
    const [seconds] = await timed(() => index.add(chunk))
    buildSeconds += seconds
  }
  const search = (begin, end) => index.search(queries.subarray(begin * DIMENSION, end * DIMENSION), K)
  const { ids } = await search(0, QUERIES)
  const measured = {
    factory: name,
    parameters,
    ids: Int32Array.from(ids, Number),
    queriesPerSecond: await queriesPerSecond(search, QUERIES, QUERIES),
    loneQueriesPerSecond: await queriesPerSecond(search, 1, LONE_QUERIES),
    buildSeconds,
    memoryBytes: index.memoryBytes,
  }
  await index.dispose()
  return measured
}

printTable(
  ['index', 'vectors', 'recall@10', 'queries/s', 'one at a time', 'build s', 'memory MiB', 'bytes a vector'],
  results.map((row) => [
    [row.factory, ...Object.entries(row.parameters).flat()].join(' '),
    String(row.count),
    row.recall.toFixed(4),
    digits(row.queriesPerSecond),
    digits(row.loneQueriesPerSecond),
    digits(row.buildSeconds),
    digits(row.memoryBytes / 2 ** 20),
    String(Math.round(row.memoryBytes / row.count)),
  ]),
)
console.log(`${DIMENSION} dimensions, ${QUERIES} queries in one call, k ${K}`)
const settings = {
  dimension: DIMENSION,
  k: K,
  queries: QUERIES,
  threads: options.threads,
  versions: versions(),
}
report('search-size', machine, settings, results, options.save)
