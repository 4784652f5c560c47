// Many callers of one text or one query each, as requests of a server are: how near they come to one call with all of them, and
// how long a short query takes, alone and beside bulk work.
//   node bench/callers.mjs [--count 1000] [--trials 3] [--save]
import { readOptions } from './harness/options.mjs'
import { modelFolder } from './harness/peers.mjs'
import { describeMachine, digits, percent, printTable, report } from './harness/report.mjs'
import { quantile, summarize } from './harness/statistics.mjs'
import { timed } from './harness/timing.mjs'
import { glossEmbeddings, readVectors } from './harness/vectors.mjs'
import { passages } from './harness/wordnet.mjs'
import { densenode, versions } from './peers/densenode/package.mjs'

const CALLERS = 64
const VECTORS = 60840
const QUERIES = 2000
const DIMENSION = 384
const K = 10
const SHORT_QUERY = 'an instrument that measures the speed of wind'
const INDEXES = [
  { factory: 'Flat', parameters: {} },
  { factory: 'IVF256,Flat', parameters: { nprobe: 16 } },
]

const options = readOptions({ peers: ['densenode'], trials: 3, count: 1000 })
const machine = describeMachine()
const texts = passages(options.count)
const model = await densenode.EmbeddingModel.load(modelFolder, { device: 'cpu' })

const results = {
  embed: await compare(
    texts.length,
    (i) => model.embed(texts[i]),
    () => model.embed(texts),
  ),
}
const latencies = { alone: await repeated(300), besideBulk: await besideBulk() }
await model.dispose()

const files = await glossEmbeddings(VECTORS, QUERIES, options.threads)
const base = readVectors(files.base)
const queries = readVectors(files.queries)
const query = (begin, end) => queries.subarray(begin * DIMENSION, end * DIMENSION)
for (const { factory, parameters } of INDEXES) {
  const index = await densenode.VectorIndex.create({ dimension: DIMENSION, metric: 'ip', factory })
  if (!index.isTrained) await index.train(base)
  await index.add(base)
  const given = Object.keys(parameters).length > 0 ? { parameters } : undefined
  results[`search ${factory}`] = await compare(
    QUERIES,
    (i) => index.search(query(i, i + 1), K, given),
    async () => {
      for (let i = 0; i < QUERIES; i += CALLERS)
        await index.search(query(i, Math.min(i + CALLERS, QUERIES)), K, given)
    },
  )
  await index.dispose()
}

/** Calls a second of CALLERS that take turns at `count` of them, and of the same in one call or in calls of CALLERS. */
async function compare(count, one, together) {
  const speeds = { together: [], callers: [] }
  for (let trial = -1; trial < options.trials; trial++) {
    const [batch] = await timed(together)
    let next = 0
    const caller = async () => {
      while (next < count) await one(next++)
    }
    const [seconds] = await timed(() => Promise.all(Array.from({ length: CALLERS }, caller)))
    if (trial < 0) continue // warm-up
    speeds.together.push(count / batch)
    speeds.callers.push(count / seconds)
  }
  return { together: summarize(speeds.together), callers: summarize(speeds.callers) }
}

/** Milliseconds of embedding one short query, one after another, `count` times or while `go()` says so. */
async function repeated(count, go = () => true) {
  const millis = []
  for (let i = 0; i < count && go(); i++) {
    const [seconds] = await timed(() => model.embed(SHORT_QUERY))
    millis.push(seconds * 1000)
  }
  return { p50: quantile(millis, 0.5), p99: quantile(millis, 0.99), calls: millis.length }
}

async function besideBulk() {
  let busy = true
  const bulk = model.embed(texts).finally(() => {
    busy = false
  })
  const measured = await repeated(Infinity, () => busy)
  await bulk
  return measured
}

printTable(
  ['calls', `${CALLERS} callers, calls/s`, 'spread', 'together, calls/s', 'spread', 'share'],
  Object.entries(results).map(([name, { callers, together }]) => [
    name,
    digits(callers.median),
    percent(callers.spread),
    digits(together.median),
    percent(together.spread),
    percent(callers.median / together.median),
  ]),
)
printTable(
  ['one short query', 'p50 ms', 'p99 ms', 'calls'],
  Object.entries(latencies).map(([name, { p50, p99, calls }]) => [
    name,
    digits(p50),
    digits(p99),
    String(calls),
  ]),
)
const settings = {
  callers: CALLERS,
  texts: texts.length,
  vectors: VECTORS,
  queries: QUERIES,
  k: K,
  trials: options.trials,
}
report('callers', machine, { ...settings, versions: versions() }, { ...results, latencies }, options.save)
