// Texts to token ids: megabytes of UTF-8 per second of every peer, and whether its ids are the official library's.
//   node bench/tokenizer.mjs [--peers densenode,tokenizers-python] [--trials 3] [--count 117000] [--threads N]
//     [--save]
import { readFileSync } from 'node:fs'

import { readOptions } from './harness/options.mjs'
import { modelFolder } from './harness/peers.mjs'
import { describeMachine, digits, percent, printTable, ratio, report } from './harness/report.mjs'
import { present, runTrials, writeInput } from './harness/run.mjs'
import { summarize } from './harness/statistics.mjs'
import { readGlosses } from './harness/wordnet.mjs'

const PEERS = ['densenode', 'tokenizers-python', 'tokenizers-node', 'anush008-tokenizers']

const options = readOptions({ peers: PEERS, trials: 3, count: 117_000 })
const machine = describeMachine()
const texts = readGlosses().slice(0, options.count)
const megabytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / 1e6
const peers = present(options.peers)
const trials = await runTrials('tokenizer', peers, options.trials, {
  texts: writeInput('glosses.json', texts),
  model: modelFolder,
  threads: options.threads,
})

// The official library defines what is right; without it the first peer stands in.
const reference = peers.includes('tokenizers-python') ? 'tokenizers-python' : peers[0]
const expected = readFileSync(trials[reference][0].out)
const results = {}
for (const peer of peers) {
  const last = trials[peer].at(-1)
  results[peer] = {
    megabytesPerSecond: summarize(trials[peer].map(({ seconds }) => megabytes / seconds)),
    // Less shaken by other work on the machine.
    megabytesPerCpuSecond: summarize(trials[peer].map(({ cpuSeconds }) => megabytes / cpuSeconds)),
    loadSeconds: summarize(trials[peer].map(({ loadSeconds }) => loadSeconds)).median,
    maxRssMiB: summarize(trials[peer].map(({ maxRssMiB }) => maxRssMiB)).median,
    equal: readFileSync(last.out).equals(expected),
    versions: last.versions,
  }
}

const base = results.densenode
printTable(
  [
    'tokenizer',
    'MB/s',
    'spread',
    'densenode is',
    'MB/CPU s',
    'densenode is',
    'ids equal',
    'load s',
    'peak MiB',
  ],
  peers.map((peer) => {
    const { megabytesPerSecond, megabytesPerCpuSecond, equal, loadSeconds, maxRssMiB } = results[peer]
    return [
      peer,
      digits(megabytesPerSecond.median),
      percent(megabytesPerSecond.spread),
      base ? ratio(base.megabytesPerSecond.median, megabytesPerSecond.median) : '',
      digits(megabytesPerCpuSecond.median),
      base ? ratio(base.megabytesPerCpuSecond.median, megabytesPerCpuSecond.median) : '',
      equal ? 'yes' : 'NO',
      digits(loadSeconds),
      String(maxRssMiB),
    ]
  }),
)
console.log(`${texts.length} distinct texts, ${megabytes.toFixed(2)} MB, threads ${options.threads}`)
const settings = {
  texts: texts.length,
  megabytes,
  reference,
  trials: options.trials,
  threads: options.threads,
}
report('tokenizer', machine, settings, results, options.save)
