// Words to documents: BM25 queries per second, one at a time and in one call, beside the agreement with bm25s.
//   node bench/lexical.mjs [--peers densenode,bm25s,bm25s-numba,minisearch] [--trials 3] [--count 100000] [--threads 1]
//     [--save]
import { readFileSync } from 'node:fs'

import { readOptions } from './harness/options.mjs'
import { describeMachine, digits, percent, printTable, ratio, report } from './harness/report.mjs'
import { present, runTrials, writeInput } from './harness/run.mjs'
import { summarize } from './harness/statistics.mjs'
import { readDefinitions } from './harness/wordnet.mjs'

const PEERS = ['densenode', 'bm25s', 'bm25s-numba', 'minisearch']
const QUERIES = 2000
const K = 10
const BM25 = { k1: 1.2, b: 0.75 }
const BATCHES = { 1: 1000, [QUERIES]: QUERIES }
/** bm25s's own list; the same words are left out for every peer. */
const STOPWORDS = new Set(
  (
    'a an and are as at be but by for if in into is it no not of on or such that the their then there these they ' +
    'this to was will with'
  ).split(' '),
)
const WORDS = {
  'without stop words': (text) => tokens(text).filter((word) => !STOPWORDS.has(word)),
  'all words': tokens,
}

const options = readOptions({ peers: PEERS, trials: 3, count: 100_000, threads: 1 })
const machine = describeMachine()
const peers = present(options.peers)
const { definitions, examples } = readDefinitions()
if (options.count > definitions.length)
  throw new RangeError(`expected --count of at most ${definitions.length}, received ${options.count}`)

const results = {}
for (const [words, cut] of Object.entries(WORDS)) {
  const join = (text) => cut(text).join(' ')
  const queries = examples.map(join).filter((query) => query !== '')
  const task = {
    texts: writeInput('lexical-texts.json', definitions.slice(0, options.count).map(join)),
    queries: writeInput('lexical-queries.json', queries.slice(0, QUERIES)),
    k: K,
    ...BM25,
    threads: options.threads,
    batches: BATCHES,
  }
  const trials = await runTrials('lexical', peers, options.trials, task)
  const found = Object.fromEntries(peers.map((peer) => [peer, readFound(trials[peer].at(-1).out)]))
  results[words] = {}
  for (const peer of peers) {
    const summary = (value) => summarize(trials[peer].map(value))
    results[words][peer] = {
      queriesPerSecond: Object.fromEntries(
        Object.keys(BATCHES).map((batch) => [batch, summary((trial) => trial.queriesPerSecond[batch])]),
      ),
      ...agreement(found[peer], found.bm25s ?? found[peers[0]]),
      buildSeconds: summary(({ buildSeconds }) => buildSeconds).median,
      maxRssMiB: summary(({ maxRssMiB }) => maxRssMiB).median,
      indexMiB: trials[peer].at(-1).indexMiB,
      versions: trials[peer].at(-1).versions,
    }
  }
}

const rows = []
for (const [words, of] of Object.entries(results)) {
  for (const batch of Object.keys(BATCHES)) {
    const base = of.densenode?.queriesPerSecond[batch].median
    for (const [peer, result] of Object.entries(of)) {
      const { median, spread } = result.queriesPerSecond[batch]
      rows.push([
        words,
        batch,
        peer,
        digits(median),
        percent(spread),
        base === undefined ? '' : ratio(base, median),
        percent(result.sameScores),
        percent(result.sameDocuments),
        digits(result.buildSeconds),
        String(result.maxRssMiB),
      ])
    }
  }
}
const HEADER = [
  'words',
  'batch',
  'peer',
  'queries/s',
  'spread',
  'densenode is',
  'same scores',
  'same documents',
]
printTable([...HEADER, 'build s', 'RSS MiB'], rows)
console.log(`${options.count} WordNet definitions, ${QUERIES} example sentences as queries, k ${K}`)
const settings = {
  count: options.count,
  k: K,
  ...BM25,
  batches: BATCHES,
  trials: options.trials,
  threads: options.threads,
}
report('lexical', machine, settings, results, options.save)

function tokens(text) {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
}

function readFound(file) {
  const bytes = readFileSync(file)
  const half = bytes.byteLength / 2
  return {
    ids: new Int32Array(bytes.buffer, bytes.byteOffset, half / 4),
    scores: new Float32Array(bytes.buffer, bytes.byteOffset + half, half / 4),
  }
}

/**
 * Shares of queries whose scores are those of the reference to 1e-5, rank by rank, and whose documents are the
 * reference's but for those that tie with the last; of the queries that `found` has.
 */
function agreement(found, reference) {
  let sameScores = 0
  let sameDocuments = 0
  for (let begin = 0; begin < found.ids.length; begin += K) {
    const ranks = Array.from({ length: K }, (_, rank) => begin + rank)
    const near = (a, b) => Math.abs(a - b) <= 1e-5 * Math.max(1, Math.abs(b))
    if (ranks.every((i) => near(found.scores[i], reference.scores[i]))) sameScores++
    const ids = new Set(ranks.map((i) => found.ids[i]))
    const last = reference.scores[begin + K - 1]
    if (ranks.every((i) => ids.has(reference.ids[i]) || near(reference.scores[i], last))) sameDocuments++
  }
  const queries = found.ids.length / K
  return { sameScores: sameScores / queries, sameDocuments: sameDocuments / queries }
}
