// Embeddings to neighbours over 1,000,000 vectors of 1,024 dimensions in fp16: one query, batches, and recall against fp32.
//   node bench/gpu/search.mjs [--device cuda] [--small] [--seconds 120] [--out record.json]
import path from 'node:path'

import { quantile, recall, summarize } from '../harness/statistics.mjs'
import { readIds } from '../harness/vectors.mjs'
import { vectors } from './harness/data.mjs'
import { readOptions } from './harness/options.mjs'
import { openPeers } from './harness/peers.mjs'
import { openRecord } from './harness/record.mjs'
import { finish } from './tables.mjs'

const K = 10
const ROUNDS = 3

const options = readOptions({ seconds: 120 })
const { device, small, work } = options
// FAISS itself is a program of the CUDA build.
const all = device === 'cpu' ? ['densenode', 'torch'] : ['densenode', 'faiss', 'torch']
const count = small ? 5000 : 1_000_000
const dimension = small ? 128 : 1024
const queries = small ? 256 : 8192
const batches = small ? [1, 16, 64] : [1, 16, 256, 4096]
const sample = small ? 100 : 512
const latency = { do: 'latency', warmUp: small ? 3 : 30, runs: small ? 10 : 300, k: K }
// 64 training vectors a cell; densenode trains on the CPU.
const inverted = small
  ? { factory: 'IVF64,Flat', trainCount: 2500, parameters: { nprobe: 8 } }
  : { factory: 'IVF1024,Flat', trainCount: 65_536, parameters: { nprobe: 32 } }

const record = openRecord('search', options, {
  count,
  dimension,
  k: K,
  batches,
  sample,
  rounds: ROUNDS,
  inverted,
})
const { data, save } = record
const files = await vectors(count, queries, dimension, work)
const peers = openPeers(all, 'search', record)
const out = (name) => path.join(work, `search-${name}.i32`)

await measure('Flat', { factory: 'Flat' })
const exact = await peers.ask('torch', { do: 'exact', count: sample, k: K, out: out('exact') })
await measureRecall('Flat', peers.names(), {})
if (peers.has('densenode') && record.secondsLeft() > 15) {
  const { factory, parameters, trainCount } = inverted
  const inverse = peers.names().filter((peer) => peer !== 'torch')
  await measure(factory, { factory, trainCount, parameters }, parameters, inverse)
  await measureRecall(factory, inverse, parameters)
}
await peers.close()
finish(record)

async function measure(name, build, parameters = {}, who = all) {
  const result = {}
  data.results[name] = result
  for (const peer of who) {
    const request = { do: 'build', ...files, count, queryCount: queries, dimension, device, ...build }
    const built = await peers.ask(peer, request)
    if (built) result[peer] = { build: built, latencyMs: {}, queriesPerSecond: {} }
  }
  const rates = {}
  for (let round = 0; round < ROUNDS && record.secondsLeft() > 5; round++) {
    await peers.inTurns(round, async (peer) => {
      if (!result[peer]) return // not part of this measurement
      if (round === 0) {
        const answer = await peers.ask(peer, { ...latency, parameters })
        if (answer) result[peer].latencyMs = spread(answer.seconds)
      }
      for (const size of batches) {
        const answer = await peers.ask(peer, { do: 'batches', size, k: K, parameters })
        if (!answer) return
        rates[peer] ??= {}
        rates[peer][size] = [...(rates[peer][size] ?? []), answer.queriesPerSecond]
        result[peer].queriesPerSecond[size] = summarize(rates[peer][size])
      }
      save()
    })
  }
}

async function measureRecall(name, who, parameters) {
  if (!exact) return
  const expected = readIds(out('exact'))
  for (const peer of who) {
    const answer = await peers.ask(peer, {
      do: 'neighbours',
      count: sample,
      k: K,
      parameters,
      out: out(peer),
    })
    if (answer && data.results[name][peer])
      data.results[name][peer].recall = recall(readIds(out(peer)), expected, K)
    save()
  }
}

function spread(seconds) {
  const at = (q) => 1000 * quantile(seconds, q)
  return { p50: at(0.5), p95: at(0.95), least: at(0), runs: seconds.length }
}
