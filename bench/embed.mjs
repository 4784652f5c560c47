// Texts to embeddings: texts per second of every peer, and the cosine of its embeddings to the reference.
// densenode chooses its type by itself; "densenode:fp32" is held to that one.
//   node bench/embed.mjs [--peers densenode,transformers-js] [--trials 3] [--count 2000] [--threads N]
//     [--save]

import { readOptions } from './harness/options.mjs'
import { modelFolder, onnxFolder } from './harness/peers.mjs'
import { describeMachine, digits, percent, printTable, ratio, report } from './harness/report.mjs'
import { present, runTrials, writeInput } from './harness/run.mjs'
import { compareRows, summarize } from './harness/statistics.mjs'
import { readVectors } from './harness/vectors.mjs'
import { passages } from './harness/wordnet.mjs'

const PEERS = [
  'densenode',
  'densenode:fp32',
  'fastembed',
  'onnxruntime-python',
  'sentence-transformers',
  'sentence-transformers:bf16',
  'transformers-js',
]
const DIMENSION = 384
const MAX_TOKENS = 256

const options = readOptions({ peers: PEERS, trials: 3, count: 2000 })
const machine = describeMachine()
const texts = passages(options.count)
const peers = present(options.peers)
const task = {
  texts: writeInput('passages.json', texts),
  model: modelFolder,
  onnx: onnxFolder,
  dimension: DIMENSION,
  maxTokens: MAX_TOKENS,
  threads: options.threads,
}
const trials = await runTrials('embed', peers, options.trials, task)

// sentence-transformers defines what is right; without it the first peer stands in, and the table says so.
const reference = peers.includes('sentence-transformers') ? 'sentence-transformers' : peers[0]
const expected = readVectors(trials[reference][0].out)
const results = {}
for (const peer of peers) {
  const last = trials[peer].at(-1)
  results[peer] = {
    textsPerSecond: summarize(trials[peer].map(({ seconds }) => texts.length / seconds)),
    // Less shaken by other work on the machine, but threads that spin while they wait count too.
    textsPerCpuSecond: summarize(trials[peer].map(({ cpuSeconds }) => texts.length / cpuSeconds)),
    loadSeconds: summarize(trials[peer].map(({ loadSeconds }) => loadSeconds)).median,
    maxRssMiB: summarize(trials[peer].map(({ maxRssMiB }) => maxRssMiB)).median,
    cosine: compareRows(readVectors(last.out), expected, DIMENSION),
    dtype: last.dtype ?? 'fp32',
    versions: last.versions,
  }
}
const tokens = trials['onnxruntime-python']?.[0].tokens
const settings = { texts: texts.length, tokens, reference, trials: options.trials, threads: options.threads }

const base = results.densenode?.textsPerSecond.median
printTable(
  [
    'embed',
    'dtype',
    'texts/s',
    'spread',
    'texts/CPU s',
    'densenode is',
    `cosine to ${reference}`,
    'load s',
    'peak MiB',
  ],
  peers.map((peer) => {
    const { textsPerSecond, textsPerCpuSecond, cosine, loadSeconds, maxRssMiB } = results[peer]
    return [
      peer,
      results[peer].dtype,
      digits(textsPerSecond.median),
      percent(textsPerSecond.spread),
      digits(textsPerCpuSecond.median),
      base === undefined ? '' : ratio(base, textsPerSecond.median),
      `>= ${cosine.smallest.toFixed(7)}`,
      digits(loadSeconds),
      String(maxRssMiB),
    ]
  }),
)
if (tokens) console.log(`${texts.length} texts, ${(tokens / texts.length).toFixed(1)} tokens on average`)
report('embed', machine, settings, results, options.save)
