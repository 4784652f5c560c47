// How long a process waits for its model: package imported, model loaded, first texts embedded; then a second load.
// Every trial is a process of its own, and the files are in the page cache from the one before.
//   node bench/load.mjs [--peers densenode,densenode:fp32,transformers-js] [--trials 7] [--threads N] [--save]
import { readOptions } from './harness/options.mjs'
import { modelFolder, onnxFolder } from './harness/peers.mjs'
import { describeMachine, digits, percent, printTable, ratio, report } from './harness/report.mjs'
import { present, runTrials, writeInput } from './harness/run.mjs'
import { compareRows, summarize } from './harness/statistics.mjs'
import { readVectors } from './harness/vectors.mjs'
import { passages } from './harness/wordnet.mjs'

const DIMENSION = 384

const options = readOptions({
  peers: ['densenode', 'densenode:fp32', 'transformers-js'],
  trials: 7,
  count: 4,
})
const machine = describeMachine()
const peers = present(options.peers)
const trials = await runTrials('load', peers, options.trials + 1, {
  texts: writeInput('first-texts.json', passages(options.count)),
  model: modelFolder,
  onnx: onnxFolder,
  threads: options.threads,
})
for (const peer of peers) trials[peer].shift() // may have read the files from the disk

const reference = peers.includes('transformers-js') ? 'transformers-js' : peers[0]
const expected = readVectors(trials[reference][0].out)
const results = {}
for (const peer of peers) {
  const summary = (of) => summarize(trials[peer].map(of))
  results[peer] = {
    importMs: summary(({ importSeconds }) => importSeconds * 1000),
    loadMs: summary(({ loadSeconds }) => loadSeconds * 1000),
    firstTextsMs: summary(({ embedSeconds }) => embedSeconds * 1000),
    secondLoadMs: summary(({ secondSeconds }) => secondSeconds * 1000),
    maxRssMiB: summary(({ maxRssMiB }) => maxRssMiB).median,
    cosine: compareRows(readVectors(trials[peer][0].out), expected, DIMENSION),
    versions: trials[peer][0].versions,
  }
}
const base = results.densenode?.loadMs.median
printTable(
  [
    'load',
    'import ms',
    'load ms',
    'spread',
    'densenode is',
    'first texts ms',
    'second load ms',
    'peak MiB',
    `cosine to ${reference}`,
  ],
  peers.map((peer) => {
    const { importMs, loadMs, firstTextsMs, secondLoadMs, maxRssMiB, cosine } = results[peer]
    return [
      peer,
      digits(importMs.median),
      digits(loadMs.median),
      percent(loadMs.spread),
      base === undefined ? '' : ratio(loadMs.median, base),
      digits(firstTextsMs.median),
      digits(secondLoadMs.median),
      String(maxRssMiB),
      `>= ${cosine.smallest.toFixed(6)}`,
    ]
  }),
)
report(
  'load',
  machine,
  { texts: options.count, trials: options.trials, threads: options.threads },
  results,
  options.save,
)
