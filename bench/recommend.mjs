// What VectorIndex.recommend promises beside what the index then gives, on WordNet's glosses asked with example sentences.
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
  const tried = Math.min(count, options.count)
  const exact = { count, tried, options: {} }
  // Half, a quarter, a seventh of the memory of the vectors.
  const budgets = [0.55, 0.29, 0.15].map((share) => ({
    count,
    tried,
    options: { memoryBytes: Math.round(share * count * DIMENSION * 4) },
  }))
  return count === 50_000 || count === 117_791 ? [exact, ...budgets] : [exact]
})

const results = []
for (const { count, tried, options: given } of cases) {
  const vectors = all.subarray(0, tried * DIMENSION)
  const promise = densenode.VectorIndex.recommend({ count, dimension: DIMENSION, metric: 'ip', ...given })
  const truth = await search('Flat', {}, vectors)
  const found = await search(promise.factory, promise.parameters, vectors)
  results.push({
    count,
    tried,
    ...given,
    promise,
    recall: recall(found.ids, truth.ids, K),
    memoryBytes: found.memoryBytes,
    buildSeconds: found.seconds,
  })
  process.stderr.write(`${count} ${promise.factory}\n`)
}

async function search(factory, parameters, vectors) {
  const index = await densenode.VectorIndex.create({
    dimension: DIMENSION,
    metric: 'ip',
    factory,
    parameters,
  })
  const [seconds] = await timed(async () => {
    await index.train(vectors)
    await index.add(vectors)
  })
  const { ids } = await index.search(queries, K)
  const { memoryBytes } = index
  await index.dispose()
  return { ids: Int32Array.from(ids, Number), memoryBytes, seconds }
}

const mebibytes = (bytes) => digits(bytes / 2 ** 20)
const rows = results.map(({ count, tried, promise, ...reached }) => [
  `${count}${tried < count ? ` (on ${tried})` : ''}`,
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
])
printTable(
  ['vectors', 'family', 'parameters', 'recall', 'reached', 'MiB', 'taken', 'build, core s', 'taken s'],
  rows,
)
const settings = { dimension: DIMENSION, k: K, queries: queries.length / DIMENSION, threads: options.threads }
report('recommend', machine, { ...settings, versions: versions() }, results, options.save)
