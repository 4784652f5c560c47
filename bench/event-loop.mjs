// How late timers run while 2,000 texts are embedded and searched: what other requests of the process feel.
//   node bench/event-loop.mjs [--peers densenode,transformers-js] [--trials 3] [--count 2000] [--threads N]
//     [--save]
import { readOptions } from './harness/options.mjs'
import { modelFolder, onnxFolder } from './harness/peers.mjs'
import { describeMachine, digits, printTable, report } from './harness/report.mjs'
import { present, runTrials, writeInput } from './harness/run.mjs'
import { summarize } from './harness/statistics.mjs'
import { glossEmbeddings } from './harness/vectors.mjs'
import { passages } from './harness/wordnet.mjs'

const options = readOptions({ peers: ['densenode', 'transformers-js'], trials: 3, count: 2000 })
const machine = describeMachine()
const peers = present(options.peers)
const { base } = await glossEmbeddings(60840, 2000, options.threads)
const texts = writeInput('passages.json', passages(options.count))
const trials = await runTrials('event-loop', peers, options.trials, {
  texts,
  base,
  model: modelFolder,
  onnx: onnxFolder,
  threads: options.threads,
})

const results = {}
const rows = []
for (const peer of peers) {
  results[peer] = { versions: trials[peer][0].versions }
  for (const phase of Object.keys(trials[peer][0].phases)) {
    const of = (key) => summarize(trials[peer].map(({ phases }) => phases[phase][key]))
    const lag = { p50: of('p50'), p99: of('p99'), max: of('max') }
    results[peer][phase] = { seconds: of('seconds'), lagMs: lag }
    rows.push([
      `${peer}: ${phase}`,
      ...[of('seconds'), lag.p50, lag.p99, lag.max].map(({ median }) => digits(median)),
    ])
  }
}
printTable(['timer lag', 'seconds', 'p50 ms', 'p99 ms', 'max ms'], rows)
report(
  'event-loop',
  machine,
  { texts: options.count, trials: options.trials, threads: options.threads },
  results,
  options.save,
)
