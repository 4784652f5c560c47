// Search among a share of the vectors: queries per second and recall@10 against exact search among them, beside exact
// search among all.
//   node bench/filter.mjs [--peers densenode,faiss-python] [--trials 3] [--count 115174] [--threads N] [--save]
import { readOptions } from './harness/options.mjs'
import { describeMachine, digits, percent, printTable, ratio, report } from './harness/report.mjs'
import { present, runTrials, writeInput } from './harness/run.mjs'
import { FILTERED_INDEXES } from './harness/search-indexes.mjs'
import { recall, summarize } from './harness/statistics.mjs'
import { glossEmbeddings, readIds } from './harness/vectors.mjs'
import { randomGenerator } from './harness/wordnet.mjs'

const PEERS = ['densenode', 'faiss-python']
const QUERIES = 2000
const K = 10
const SHARES = [0.001, 0.01, 0.1, 0.5]
// Batch size -> queries timed.
const BATCHES = { 1: 200, 256: 1024 }

const options = readOptions({ peers: PEERS, trials: 3, count: 115174 })
const machine = describeMachine()
const peers = present(options.peers)
const files = await glossEmbeddings(options.count, QUERIES, options.threads)

/** A bitmap with `share` of its bits set at random: bit i for id i. */
function bitmap(share) {
  const random = randomGenerator(1000 * share)
  const bits = new Uint8Array(Math.ceil(options.count / 8))
  for (let id = 0; id < options.count; id++) if (random() < share) bits[id >> 3] |= 1 << (id & 7)
  return writeInput(`filter-${options.count}-${share}.bin`, bits)
}

const filters = SHARES.map((share) => ({ share, bitmap: bitmap(share) }))
const results = {}
let exact
for (const { factory, parameters } of FILTERED_INDEXES) {
  const task = {
    ...files,
    dimension: 384,
    k: K,
    threads: options.threads,
    factory,
    parameters,
    filters,
    batches: BATCHES,
  }
  const trials = await runTrials('filter', peers, options.trials, task)
  const idsOf = (peer, i) => readIds(trials[peer].at(-1).out).subarray(i * QUERIES * K, (i + 1) * QUERIES * K)
  // Flat comes first: FAISS's own exact neighbours are the truth for every index after it.
  exact ??= SHARES.map((_, i) => idsOf(peers.includes('faiss-python') ? 'faiss-python' : peers[0], i).slice())
  results[factory] = { parameters }
  for (const peer of peers) {
    const speeds = (share) =>
      Object.fromEntries(
        Object.keys(BATCHES).map((batch) => [
          batch,
          summarize(trials[peer].map(({ queriesPerSecond }) => queriesPerSecond[share][batch])),
        ]),
      )
    results[factory][peer] = {
      unfiltered: speeds('all'),
      filtered: Object.fromEntries(
        SHARES.map((share, i) => [
          share,
          { queriesPerSecond: speeds(share), recall: recall(idsOf(peer, i), exact[i], K) },
        ]),
      ),
      versions: trials[peer].at(-1).versions,
    }
  }
}

const rows = []
for (const { factory, parameters } of FILTERED_INDEXES) {
  const name = [factory, ...Object.entries(parameters).map(([key, value]) => `${key} ${value}`)].join(' ')
  for (const batch of Object.keys(BATCHES)) {
    for (const share of ['all', ...SHARES]) {
      for (const peer of peers) {
        const { unfiltered, filtered } = results[factory][peer]
        const speedOf = (which) =>
          (share === 'all' ? which.unfiltered : which.filtered[share].queriesPerSecond)[batch]
        const { median, spread } =
          share === 'all' ? unfiltered[batch] : filtered[share].queriesPerSecond[batch]
        const own = results[factory].densenode && speedOf(results[factory].densenode).median
        rows.push([
          name,
          batch,
          share === 'all' ? 'all' : percent(share),
          peer,
          digits(median),
          percent(spread),
          ratio(own, median),
          ratio(median, results.Flat[peer].unfiltered[batch].median),
          share === 'all' ? '' : filtered[share].recall.toFixed(4),
        ])
      }
    }
  }
}
printTable(
  [
    'search',
    'batch',
    'allowed',
    'peer',
    'queries/s',
    'spread',
    'densenode is',
    'unfiltered Flat',
    'recall@10',
  ],
  rows,
)
console.log(
  `${options.count} embeddings of 384 dimensions, ${QUERIES} queries, k ${K}; "unfiltered Flat": times the speed of the ` +
    "same peer's exact search among all",
)
const settings = {
  count: options.count,
  dimension: 384,
  k: K,
  shares: SHARES,
  batches: BATCHES,
  trials: options.trials,
  threads: options.threads,
}
report('filter', machine, settings, results, options.save)
