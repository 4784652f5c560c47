// Index families on all of WordNet's glosses, asked with example sentences: recall@10 against exact search, queries a
// second, build time, memory, and the share of vectors that IVF compares.
//   node bench/index-families.mjs [--families HNSW,PQ] [--count 117791] [--threads N] [--save]
// --families takes those whose factory string begins so; their rows join a record of the same day and commit.
import { readOptions } from './harness/options.mjs'
import { describeMachine, digits, percent, printTable, recorded, report } from './harness/report.mjs'
import { present, runTrials } from './harness/run.mjs'
import { recall } from './harness/statistics.mjs'
import { queriesPerSecond, timed } from './harness/timing.mjs'
import { readVectors, wordnetEmbeddings } from './harness/vectors.mjs'
import { densenode, versions } from './peers/densenode/package.mjs'

const DIMENSION = 384
const K = 10
/** Queries that are asked one at a time. */
const LONE_QUERIES = 300
const CELLS = 1000
const nprobe = (...values) => values.map((value) => ({ nprobe: value }))
const efSearch = (...values) => values.map((value) => ({ efSearch: value }))
const refine = (probes, factors, more) =>
  probes.flatMap((probe) => factors.map((factor) => ({ nprobe: probe, k_factor: factor, ...more })))
// Without bits for the query (its default) RaBitQ compares bit by bit: minutes for these queries.
const QUERY_BITS = { qb: 8 }
const FAMILIES = [
  { factory: 'Flat' },
  { factory: 'SQfp16' },
  { factory: 'SQ8' },
  { factory: 'SQ4' },
  { factory: `IVF${CELLS},Flat`, parameters: nprobe(1, 8, 16, 32, 64, 128, 192, 280) },
  { factory: `IVF${CELLS},SQ8`, parameters: nprobe(64, 128, 192) },
  { factory: 'HNSW32', parameters: efSearch(16, 32, 44, 64, 96, 128, 256) },
  { factory: 'HNSW32,SQ8', parameters: efSearch(44, 128) },
  { factory: 'PQ48' },
  { factory: 'OPQ48,PQ48' },
  { factory: 'PQ96' },
  { factory: 'PQ192' },
  { factory: `IVF${CELLS},PQ96`, parameters: nprobe(128) },
  { factory: `IVF${CELLS},PQ96x4fs,RFlat`, parameters: refine([64, 128], [4, 16]) },
  { factory: `IVF${CELLS},PQ192x4fs,Refine(SQ8)`, parameters: refine([64, 100, 192], [2, 4]) },
  { factory: 'RaBitQ', parameters: [QUERY_BITS] },
  { factory: 'RaBitQ,RFlat', parameters: [2, 4, 8].map((factor) => ({ k_factor: factor, ...QUERY_BITS })) },
  { factory: `IVF${CELLS},RaBitQ,RFlat`, parameters: refine([128], [4, 8], QUERY_BITS) },
]

const options = readOptions({ peers: ['densenode', 'faiss-python'], trials: 1, count: 117_791, families: '' })
const machine = describeMachine()
const wanted = options.families.split(',')
const families = FAMILIES.filter(({ factory }) => wanted.some((name) => factory.startsWith(name)))
const { count } = options
const files = await wordnetEmbeddings(options.threads)
const base = readVectors(files.base).subarray(0, count * DIMENSION)
const queries = readVectors(files.queries)
const queryCount = queries.length / DIMENSION

const exact = await searchAll(await build('Flat'))
const results = []
for (const { factory, parameters = [{}] } of families) {
  const built = await build(factory)
  for (const set of parameters) results.push({ factory, parameters: set, ...(await measure(built, set)) })
  await built.index.dispose()
  process.stderr.write(`${factory}\n`)
}
const shares = await sharesOfCells()
for (const result of results) result.share = shares[result.parameters.nprobe] ?? null

async function build(factory) {
  const index = await densenode.VectorIndex.create({ dimension: DIMENSION, metric: 'ip', factory })
  const [trainSeconds] = await timed(() => index.train(base))
  const [addSeconds] = await timed(() => index.add(base))
  return { index, trainSeconds, addSeconds }
}

async function searchAll({ index }, parameters) {
  const { ids } = await index.search(queries, K, { parameters })
  return Int32Array.from(ids, Number)
}

async function measure(built, parameters) {
  const { index, trainSeconds, addSeconds } = built
  const search = (begin, end) =>
    index.search(queries.subarray(begin * DIMENSION, end * DIMENSION), K, { parameters })
  return {
    recall: recall(await searchAll(built, parameters), exact, K),
    queriesPerSecond: await queriesPerSecond(search, queryCount, queryCount),
    loneQueriesPerSecond: await queriesPerSecond(search, 1, LONE_QUERIES),
    trainSeconds,
    addSeconds,
    memoryBytes: index.memoryBytes,
  }
}

/** { nprobe: share of all vectors } by the counters of FAISS's Python, whose cells are the same. */
async function sharesOfCells() {
  const probes = [...new Set(results.flatMap(({ parameters }) => parameters.nprobe ?? []))]
  if (probes.length === 0 || present(['faiss-python']).length === 0) return {}
  const task = {
    ...files,
    count,
    dimension: DIMENSION,
    k: K,
    threads: options.threads,
    factory: `IVF${CELLS},Flat`,
    probes,
  }
  const trials = await runTrials('index-families', ['faiss-python'], 1, task)
  return trials['faiss-python'][0].shares
}

const all = [...recorded('index-families', machine, options.save), ...results]
const flatBytes = count * DIMENSION * 4
const rows = all.map((row) => [
  [row.factory, ...Object.entries(row.parameters).map(([name, value]) => `${name} ${value}`)].join(' '),
  row.recall.toFixed(4),
  row.share === null ? '' : percent(row.share),
  digits(row.queriesPerSecond),
  digits(row.loneQueriesPerSecond),
  digits(row.trainSeconds + row.addSeconds),
  digits(row.memoryBytes / 2 ** 20),
  `1/${(flatBytes / row.memoryBytes).toFixed(1)}`,
])
printTable(
  ['family', 'recall@10', 'compared', 'queries/s', 'one at a time', 'build s', 'memory MiB', 'of Flat'],
  rows,
)
console.log(`${count} embeddings of ${DIMENSION} dimensions, ${queryCount} queries in one call, k ${K}`)
const settings = {
  count,
  dimension: DIMENSION,
  k: K,
  queries: queryCount,
  threads: options.threads,
}
report('index-families', machine, { ...settings, versions: versions() }, all, options.save)
