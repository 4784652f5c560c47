// One query at a time, from JavaScript to JavaScript: a text of 16 tokens to its embedding, and to its neighbours.
//   node bench/gpu/query-latency.mjs [--device cuda] [--small] [--seconds 45] [--out record.json]
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

import { quantile } from '../harness/statistics.mjs'
import { minilm, modelOfShape, vectors } from './harness/data.mjs'
import { readOptions } from './harness/options.mjs'
import { openPeers } from './harness/peers.mjs'
import { openRecord } from './harness/record.mjs'
import { textsOfLengths } from './harness/texts.mjs'
import { finish } from './tables.mjs'

const TOKENS = 16
const K = 10
const PEER = 'sentence-transformers'

const options = readOptions({ seconds: 45 })
const { device, small, work } = options
const dtype = device === 'cpu' ? 'fp32' : 'fp16'
const runs = small ? 10 : 300
const warmUp = small ? 3 : 50
const count = small ? 2000 : 1_000_000
const queryCount = small ? 100 : 8192
const largeShape = small ? 'bge-small' : 'bge-large'
const dimension = small ? 384 : 1024

const record = openRecord('query-latency', options, { dtype, tokens: TOKENS, runs, count, dimension, k: K })
const { data, save } = record
const densenode = createRequire(import.meta.url)('../..')
const tokenizer = await densenode.Tokenizer.load(minilm)
const texts = await textsOfLengths(tokenizer, 64, TOKENS, TOKENS, 5)
await tokenizer.dispose()
const textsFile = path.join(work, 'query-texts.json')
writeFileSync(textsFile, JSON.stringify(texts))

// The index belongs to the large model, so that model comes last and stays.
const models = [
  { name: 'all-MiniLM-L6-v2', folder: minilm },
  { name: largeShape, folder: await modelOfShape(largeShape, work) },
]
for (const { name } of models) data.results[name] = { embed: {} }
const peers = openPeers(['densenode', PEER], 'query-latency', record)
await measure('densenode', { do: 'embed', texts, warmUp, runs })
await measureNeighbours(data.results[largeShape])
await peers.ask(PEER, { do: 'texts', file: textsFile })
// With fewer calls: they take ten times as long.
await measure(PEER, { do: 'latency', warmUp: 10, runs: Math.min(runs, 100) })
await peers.close()
finish(record)

async function measure(peer, request) {
  for (const { name, folder } of models) {
    if (!(await peers.ask(peer, { do: 'load', folder, device, dtype }))) continue
    const answer = await peers.ask(peer, request)
    if (answer) data.results[name].embed[peer] = spread(answer.seconds)
    save()
  }
}

async function measureNeighbours(result) {
  const files = await vectors(count, queryCount, dimension, work)
  const steps = [
    ['index', { do: 'index', base: files.base, count, device }],
    ['search', { do: 'search', queries: files.queries, queryCount, warmUp, runs, k: K }],
    ['retrieve', { do: 'retrieve', texts, warmUp, runs, k: K }],
    // Again, beside it: the difference to `retrieve` is what the neighbours add.
    ['embedAgain', { do: 'embed', texts, warmUp, runs }],
  ]
  for (const [name, request] of steps) {
    const answer = await peers.ask('densenode', request)
    if (!answer) return
    result[name] = answer.seconds ? spread(answer.seconds) : answer
    save()
  }
  result.neighboursAddMs = result.retrieve.p50 - result.embedAgain.p50
  save()
}

/** Milliseconds. */
function spread(seconds) {
  const at = (q) => 1000 * quantile(seconds, q)
  return { p50: at(0.5), p95: at(0.95), least: at(0), runs: seconds.length }
}
