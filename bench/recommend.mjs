// What VectorIndex.recommend promises beside what the index then gives, on WordNet's glosses asked with example sentences:
// with byte codes where this CPU keeps them for Flat, as on other CPUs without, and within budgets of memory.
//   node bench/recommend.mjs [--count 117791] [--threads N] [--save]
import { readOptions } from './harness/options.mjs'
import { describeMachine, digits, printTable, report } from './harness/report.mjs'
import { recall } from './harness/statistics.mjs'
import { timed } from './harness/timing.mjs'
import { readVectors, wordnetEmbeddings } from './harness/vectors.mjs'
import { densenode, versions } from './peers/densenode/package.mjs'

const DIMENSION = 384
const K = 10

const options = readOptions({ peers: ['densenode'], trials: 1, count: 117_791 })
const machine = describeMachine()
const files = await wordnetEmbeddings(options.threads)
const all = readVectors(files.base).subarray(0, options.count * DIMENSION)
const queries = readVectors(files.queries)

/** For so many vectors, and on how many it is tried: larger indexes than there are glosses are tried on all of them. */
const cases = [9_999, 10_000, 50_000, 99_999, 117_791, 1_000_000].flatMap((count) => {
  const of = (given) => ({ count, tried: Math.min(count, options.count), options: given })
  // Half, a quarter, a seventh of the memory of the vectors.
  const budgets = [0.55, 0.29, 0.15].map((share) =>
    of({ memoryBytes: Math.round(share * count * DIMENSION * 4) }),
  )
  const exact = [of({}), of({ byteCodes: false })]
  return count === 50_000 || count === 117_791 ? [...exact, ...budgets] : exact
})

const results = []
for (const { count, tried, options: given } of cases) {
  const vectors = all.subarray(0, tried * DIMENSION)
  const promise = densenode.VectorIndex.recommend({ count, dimension: DIMENSION, metric: 'ip', ...given })
  const { byteCodes } = given
  const truth = await search('Flat', {}, vectors, byteCodes)
  const found = await search(promise.factory, promise.parameters, vectors, byteCodes)
  results.push({
    count,
    tried,
    options: given,
    promise,
    recall: recall(found.ids, truth.ids, K),
    memoryBytes: found.memoryBytes,
    buildSeconds: found.seconds,
    queriesPerSecond: found.queriesPerSecond,
    flatQueriesPerSecond: truth.queriesPerSecond,
  })
  process.stderr.write(`${count} ${promise.factory}\n`)
}

async function search(factory, parameters, vectors, byteCodes = true) {
  const index = await densenode.VectorIndex.create({
    dimension: DIMENSION,
    metric: 'ip',
    factory,
    parameters,
    byteCodes,
  })
  const [seconds] = await timed(async () => {
    await index.train(vectors)
    await index.add(vectors)
  })
  await index.search(queries.subarray(0, 100 * DIMENSION), K) // warm-up, in which byte codes are made
  const [searching, { ids }] = await timed(() => index.search(queries, K))
  const { memoryBytes } = index
  await index.dispose()
  return {
    ids: Int32Array.from(ids, Number),
    memoryBytes,
    seconds,
    queriesPerSecond: queries.length / DIMENSION / searching,
  }
}

const mebibytes = (bytes) => digits(bytes / 2 ** 20)
const rows = results.map(({ count, tried, options: given, promise, ...reached }) => [
  `${count}${tried < count ? ` (on ${tried})` : ''}${given.byteCodes === false ? ', no byte codes' : ''}`,
  promise.factory,
  Object.entries(promise.parameters)
    .map(([name, value]) => `${name} ${value}`)
    .join(' '),
  promise.recall.toFixed(3),
  reached.recall.toFixed(4),
  mebibytes(promise.memoryBytes),
  tried < count ? '' : mebibytes(reached.memoryBytes),
  digits(promise.buildSeconds),
  tried < count ? '' : digits(reached.buildSeconds),
  digits(reached.queriesPerSecond),
  digits(reached.flatQueriesPerSecond),
])
const titles = [
  'vectors',
  'family',
  'parameters',
  'recall',
  'reached',
  'MiB',
  'taken',
  'build, core s',
  'taken s',
]
printTable([...titles, 'queries/s in one call', "Flat's"], rows)
const settings = { dimension: DIMENSION, k: K, queries: queries.length / DIMENSION, threads: options.threads }
report('recommend', machine, { ...settings, versions: versions() }, results, options.save)
