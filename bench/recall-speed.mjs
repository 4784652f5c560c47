// Queries per second against recall@10 of every index and peer, and how many times faster densenode's HNSW, and whatever
// index of densenode is the fastest, are at the same recall or a higher one.
//   node bench/recall-speed.mjs [--peers densenode,usearch] [--trials 3] [--count 60840] [--threads N] [--save]
import { readOptions } from './harness/options.mjs'
import { speedAtRecall } from './harness/recall-curve.mjs'
import { describeMachine, digits, printTable, ratio, report } from './harness/report.mjs'
import { present, runTrials } from './harness/run.mjs'
import { peersOf, SEARCH_INDEXES, SEARCH_PEERS } from './harness/search-indexes.mjs'
import { recall, summarize } from './harness/statistics.mjs'
import { glossEmbeddings, readIds } from './harness/vectors.mjs'

const PEERS = SEARCH_PEERS.filter((peer) => peer !== 'sqlite-vec')
const QUERIES = 2000
const K = 10
const BATCHES = { 1: 1000, [QUERIES]: QUERIES }
const SWEEPS = {
  HNSW32: [12, 24, 48, 64, 96, 160].map((efSearch) => ({ efSearch })),
  'IVF1000,Flat': [16, 32, 64, 128, 256].map((nprobe) => ({ nprobe })),
  Flat: [{}],
}
const LEVELS = [0.95, 0.97, 0.98, 0.99, 0.995]

const options = readOptions({ peers: PEERS, trials: 3, count: 60840 })
const machine = describeMachine()
const peers = present(options.peers)
const files = await glossEmbeddings(options.count, QUERIES, options.threads)
const common = { ...files, dimension: 384, k: K, threads: options.threads }

const exactTask = { ...common, factory: 'Flat', build: {}, sweep: [{}], batches: {} }
const judge = peers.includes('faiss-python') ? 'faiss-python' : 'densenode'
const exact = readIds((await runTrials('search', [judge], 1, exactTask))[judge][0].out).slice()

const results = {}
for (const [factory, sweep] of Object.entries(SWEEPS)) {
  const kind = SEARCH_INDEXES.find((each) => each.factory === factory)
  const able = peersOf(kind, peers)
  const task = { ...common, factory, build: kind.build, sweep, batches: BATCHES }
  const trials = await runTrials('search', able, options.trials, task)
  results[factory] = Object.fromEntries(able.map((peer) => [peer, curve(sweep, trials[peer])]))
}

/** { points: one for each set of parameters, buildSeconds, maxRssMiB, versions }; recalls are those of the last trial. */
function curve(sweep, trials) {
  const ids = readIds(trials.at(-1).out)
  const points = sweep.map((parameters, i) => ({
    parameters,
    recall: recall(ids.subarray(i * QUERIES * K, (i + 1) * QUERIES * K), exact, K),
    queriesPerSecond: Object.fromEntries(
      Object.keys(BATCHES).map((batch) => [
        batch,
        summarize(trials.map(({ queriesPerSecond }) => queriesPerSecond[i][batch])),
      ]),
    ),
  }))
  return {
    points,
    buildSeconds: summarize(trials.map(({ buildSeconds }) => buildSeconds)).median,
    maxRssMiB: summarize(trials.map(({ maxRssMiB }) => maxRssMiB)).median,
    versions: trials.at(-1).versions,
  }
}

const rows = []
for (const [factory, of] of Object.entries(results)) {
  for (const [peer, { points, buildSeconds }] of Object.entries(of)) {
    for (const { parameters, recall: found, queriesPerSecond } of points) {
      const speeds = Object.keys(BATCHES).map((batch) => digits(queriesPerSecond[batch].median))
      const name = [factory, ...Object.entries(parameters).flat()].join(' ')
      rows.push([name, peer, found.toFixed(4), ...speeds, digits(buildSeconds)])
    }
  }
}
printTable(['index', 'peer', 'recall@10', 'one at a time', `${QUERIES} in a call`, 'build s'], rows)

compare("densenode's HNSW is, at recall", ['HNSW32'])
compare("densenode's fastest is, at recall", Object.keys(SWEEPS))

/** How many times faster the fastest of densenode's indexes in `factories` is than each index of each peer. */
function compare(title, factories) {
  const curves = factories.map((factory) => results[factory].densenode?.points ?? [])
  if (curves.flat().length === 0) return
  const fastest = (batch, level) =>
    Math.max(...curves.map((points) => speedAtRecall(points, batch, level) ?? 0))
  const table = Object.entries(results).flatMap(([factory, of]) =>
    Object.entries(of).flatMap(([peer, { points }]) =>
      Object.keys(BATCHES).map((batch) => [
        `${peer} ${factory}, ${batch === '1' ? 'one at a time' : `${batch} in a call`}`,
        ...LEVELS.map((level) => {
          const [ours, theirs] = [fastest(batch, level), speedAtRecall(points, batch, level)]
          return ours && theirs ? ratio(ours, theirs) : '-'
        }),
      ]),
    ),
  )
  console.log()
  printTable([title, ...LEVELS.map((level) => level.toFixed(3))], table)
}
console.log(`${options.count} embeddings of 384 dimensions, ${QUERIES} queries, k ${K}`)
const settings = {
  count: options.count,
  dimension: 384,
  k: K,
  queries: QUERIES,
  builds: Object.fromEntries(SEARCH_INDEXES.map(({ factory, build }) => [factory, build])),
  trials: options.trials,
  threads: options.threads,
}
report('recall-speed', machine, settings, results, options.save)
