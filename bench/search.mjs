// Embeddings to neighbours: queries per second by batch size, and recall@10 against exact search.
//   node bench/search.mjs [--peers densenode,usearch] [--trials 3] [--count 60840] [--threads N] [--save]
// densenode is awaited; densenode:sync is searchSync, for calls of one query. Every peer builds the kinds of index that it has: harness/search-indexes.mjs.
import { readOptions } from './harness/options.mjs'
import { describeMachine, digits, percent, printTable, ratio, report } from './harness/report.mjs'
import { present, runTrials } from './harness/run.mjs'
import { peersOf, SEARCH_INDEXES, SEARCH_PEERS } from './harness/search-indexes.mjs'
import { recall, summarize } from './harness/statistics.mjs'
import { glossEmbeddings, readIds } from './harness/vectors.mjs'

const QUERIES = 2000
const K = 10
// Batch size -> queries timed. Small batches take a part of the queries, enough for a second or more.
const BATCHES = { 1: 1000, 8: 1600, 32: 1920, 256: 2048 - 256, 2000: 2000 }

const options = readOptions({ peers: SEARCH_PEERS, trials: 3, count: 60840 })
const machine = describeMachine()
const peers = present(options.peers)
const files = await glossEmbeddings(options.count, QUERIES, options.threads)

const results = {}
let exact
for (const kind of SEARCH_INDEXES) {
  const { factory, parameters, build } = kind
  const task = {
    ...files,
    dimension: 384,
    k: K,
    threads: options.threads,
    factory,
    build,
    sweep: [parameters],
    batches: BATCHES,
  }
  const able = peersOf(kind, peers)
  const trials = await runTrials('search', able, options.trials, task)
  // Flat comes first: FAISS's own exact neighbours are the truth for every index after it.
  exact ??= readIds(trials[able.includes('faiss-python') ? 'faiss-python' : able[0]][0].out)
  results[factory] = { parameters, build }
  for (const peer of able) {
    const speeds = Object.keys(BATCHES).map((batch) => [
      batch,
      summarize(trials[peer].map(({ queriesPerSecond: [speed] }) => speed[batch])),
    ])
    results[factory][peer] = {
      queriesPerSecond: Object.fromEntries(speeds),
      recall: recall(readIds(trials[peer].at(-1).out), exact, K),
      buildSeconds: summarize(trials[peer].map(({ buildSeconds }) => buildSeconds)).median,
      maxRssMiB: summarize(trials[peer].map(({ maxRssMiB }) => maxRssMiB)).median,
      versions: trials[peer].at(-1).versions,
    }
  }
}

const rows = []
for (const kind of SEARCH_INDEXES) {
  const of = results[kind.factory]
  const name = [kind.factory, ...Object.entries(kind.parameters).flat()].join(' ')
  for (const batch of Object.keys(BATCHES)) {
    const base = of.densenode?.queriesPerSecond[batch].median
    for (const peer of peersOf(kind, peers)) {
      const { queriesPerSecond, recall: found, buildSeconds } = of[peer]
      const { median, spread } = queriesPerSecond[batch]
      rows.push([
        ...[
          name,
          batch,
          peer,
          digits(median),
          percent(spread),
          base === undefined ? '' : ratio(base, median),
        ],
        ...[found.toFixed(4), digits(buildSeconds)],
      ])
    }
  }
}
printTable(['search', 'batch', 'peer', 'queries/s', 'spread', 'densenode is', 'recall@10', 'build s'], rows)
console.log(`${options.count} embeddings of 384 dimensions, ${QUERIES} queries, k ${K}`)
const settings = {
  count: options.count,
  dimension: 384,
  k: K,
  batches: BATCHES,
  trials: options.trials,
  threads: options.threads,
}
report('search', machine, settings, results, options.save)
