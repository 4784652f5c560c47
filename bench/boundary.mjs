// What a call from JavaScript into the addon and back costs: the work itself is next to nothing, a search in an index of one
// vector of one dimension. `addon` is the native method alone, `package` the public one with its checks. A search of Flat as
// small as this is done on the calling thread; one of HNSW goes to densenode's threads and back.
//   node bench/boundary.mjs [--count 20000] [--save]
import { createRequire } from 'node:module'

import { readOptions } from './harness/options.mjs'
import { describeMachine, digits, printTable, report } from './harness/report.mjs'
import { quantile } from './harness/statistics.mjs'
import { densenode, versions } from './peers/densenode/package.mjs'

/** Calls a sample: a clock cannot see one of less than a microsecond. */
const CALLS = 100
const K = 1

const options = readOptions({ peers: ['densenode'], trials: 1, count: 20_000 })
const machine = describeMachine()

const { native } = createRequire(import.meta.url)('../dist/native.js')
const vector = Float32Array.of(1)
const [index, remote] = await Promise.all(['Flat', 'HNSW32'].map(createIndex))
const [addon, remoteAddon] = await Promise.all(['Flat', 'HNSW32'].map(createInAddon))
const ids = new BigInt64Array(K)
const scores = new Float32Array(K)

const SYNC = {
  'a property, addon': () => addon.count,
  'a property, package': () => index.count,
  'searchSync, addon': () => addon.searchSync(vector, K, null, ids, scores, null),
  'searchSync, package': () => index.searchSync(vector, K),
}
const ASYNC = {
  'await search, package': () => index.search(vector, K),
  'await search by another thread, addon': () => remoteAddon.search(vector, K, null, ids, scores, null, null),
  'await search by another thread, package': () => remote.search(vector, K),
  // As many at once as a busy server has: the event loop is woken once for several.
  '64 searches at once by other threads, package': () =>
    Promise.all(Array.from({ length: 64 }, () => remote.search(vector, K))),
}

const results = {}
for (const [name, call] of Object.entries(SYNC)) {
  results[name] = await measure(options.count / 10, CALLS, () => {
    for (let i = 0; i < CALLS; i++) call()
  })
}
for (const [name, call] of Object.entries(ASYNC)) {
  const calls = name.startsWith('64') ? 64 : 1
  results[name] = await measure(options.count / calls, calls, call)
}
await Promise.all([index, remote, addon, remoteAddon].map((each) => each.dispose()))

async function createIndex(factory) {
  const created = await densenode.VectorIndex.create({ dimension: 1, metric: 'ip', factory })
  await created.add(vector)
  return created
}

async function createInAddon(factory) {
  const created = native().VectorIndex.create({ dimension: 1, metric: 'ip', factory, parameters: {} })
  await created.add(vector, null, null)
  return created
}

/** Microseconds a call over `samples` samples of `calls` calls each; a quarter as many before are not counted. */
async function measure(samples, calls, work) {
  const micros = []
  for (let sample = -Math.round(samples / 4); sample < samples; sample++) {
    const start = process.hrtime.bigint()
    const pending = work()
    if (pending) await pending
    if (sample >= 0) micros.push(Number(process.hrtime.bigint() - start) / 1000 / calls)
  }
  return { p50: quantile(micros, 0.5), p99: quantile(micros, 0.99), calls }
}

printTable(
  ['boundary', 'p50 us', 'p99 us', 'calls a sample'],
  Object.entries(results).map(([name, { p50, p99, calls }]) => [
    name,
    digits(p50),
    digits(p99),
    String(calls),
  ]),
)
const settings = { samples: options.count, callsOfSync: CALLS, threads: options.threads }
report('boundary', machine, { ...settings, versions: versions() }, results, options.save)
