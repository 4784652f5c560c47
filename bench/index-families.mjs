// Index families on all of WordNet's glosses, asked with example sentences: recall@10 against exact search, queries a
// second, build time, memory, and the share of vectors that IVF compares.
//   node bench/index-families.mjs [--families HNSW,PQ] [--count 117791] [--threads N] [--save]
// --families takes those whose factory string begins so; their rows join a record of the same day and commit.
import { readOptions } from './harness/options.mjs'
import { describeMachine, digits, percent, printTable, recorded, report } from './harness/report.mjs'
import { present, runTrials } from './harness/run.mjs'
import { readVectors, wordnetEmbeddings } from './harness/vectors.mjs'
import { densenode, versions } from './peers/densenode/package.mjs'

const DIMENSION = 384
const K = 10
/** Queries that are asked one at a time. */
const LONE_QUERIES = 300
const nprobe = (...values) => values.map((value) => ({ nprobe: value }))
const efSearch = (...values) => values.map((value) => ({ efSearch: value }))
const refine = (probes, factors) => probes.flatMap((probe) => factors.map((k_factor) => ({ nprobe: probe, k_factor })))
const FAMILIES = [
  { factory: 'Flat' },
  { factory: 'SQfp16' },
  { factory: 'SQ8' },
  { factory: 'SQ4' },
  { factory: 'IVF1000,Flat', parameters: nprobe(1, 8, 16, 32, 64, 96, 128) },
  { factory: 'IVF1000,SQ8', parameters: nprobe(16, 64, 128) },
  { factory: 'HNSW32', parameters: efSearch(16, 32, 64, 128, 256) },
  { factory: 'HNSW32,SQ8', parameters: efSearch(64, 128) },
  { factory: 'PQ48' },
  { factory: 'OPQ48,PQ48' },
  { factory: 'PQ96' },
  { factory: 'PQ192' },
  { factory: 'IVF1000,PQ96', parameters: nprobe(64) },
  { factory: 'IVF1000,PQ96x4fs,RFlat', parameters: refine([32, 64, 128], [4, 16]) },
  { factory: 'IVF1000,PQ192x4fs,Refine(SQ8)', parameters: refine([32, 64, 128], [2, 4]) },
  { factory: 'RaBitQ' },
  { factory: 'RaBitQ,RFlat', parameters: [2, 4, 8].map((k_factor) => ({ k_factor })) },
  { factory: 'IVF1000,RaBitQ,RFlat', parameters: refine([64], [4, 8]) },
]

const options = readOptions({ peers: ['densenode', 'faiss-python'], trials: 1, count: 117_791, families: '' })
const machine = describeMachine()
const wanted = options.families.split(',')
const families = FAMILIES.filter(({ factory }) => wanted.some((name) => factory.startsWith(name)))
const files = await wordnetEmbeddings(options.count, options.threads)
const base = readVectors(files.base)
const queries = readVectors(files.queries)

const common = { dimension: DIMENSION, metric: 'ip', k: K, indexes: families }
const onRow = ({ factory, parameters }) => process.stderr.write(`${factory} ${JSON.stringify(parameters)}\n`)
const together = await densenode.compareIndexes(base, queries, { ...common, onRow })
const alone = await densenode.compareIndexes(base, queries.subarray(0, LONE_QUERIES * DIMENSION), {
  ...common,
  batch: 1,
  onRow,
})
const failures = [...together.failures, ...alone.failures]
if (failures.length > 0) throw new Error(`expected every family to work, received ${JSON.stringify(failures)}`)

const shares = await sharesOfLists()
const results = together.rows.map((row, i) => ({
  factory: row.factory,
  parameters: row.parameters,
  recall: row.recallAgainstExact,
  share: shares[row.parameters.nprobe] ?? null,
  queriesPerSecond: row.queriesPerSecond,
  lone: alone.rows[i].latency,
  trainSeconds: row.trainSeconds,
  addSeconds: row.addSeconds,
  memoryBytes: row.memoryBytes,
}))

/** { nprobe: share of all vectors }, as FAISS's own counters say; they lie in Python's FAISS, whose cells are the same. */
async function sharesOfLists() {
  const probes = [...new Set(together.rows.flatMap(({ parameters }) => parameters.nprobe ?? []))]
  if (probes.length === 0 || present(['faiss-python']).length === 0) return {}
  const task = { ...files, dimension: DIMENSION, k: K, threads: options.threads, factory: 'IVF1000,Flat', probes }
  const trials = await runTrials('index-families', ['faiss-python'], 1, task)
  return trials['faiss-python'][0].shares
}

const all = [...recorded('index-families', machine, options.save), ...results]
const rows = all.map((row) => [
  [row.factory, ...Object.entries(row.parameters).map(([name, value]) => `${name} ${value}`)].join(' '),
  row.recall.toFixed(4),
  row.share === null ? '' : percent(row.share),
  digits(row.queriesPerSecond),
  digits(1000 / row.lone.mean),
  row.lone.p99.toFixed(2),
  digits(row.trainSeconds + row.addSeconds),
  digits(row.memoryBytes / 2 ** 20),
])
printTable(
  ['family', 'recall@10', 'compared', 'queries/s', 'one at a time', 'p99 ms', 'build s', 'memory MiB'],
  rows,
)
const queryCount = queries.length / DIMENSION
console.log(`${options.count} embeddings of ${DIMENSION} dimensions, ${queryCount} queries in one call, k ${K}`)
const settings = { count: options.count, dimension: DIMENSION, k: K, queries: queryCount, threads: options.threads, ...versions() }
report('index-families', machine, settings, all, options.save)
