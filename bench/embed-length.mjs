// What the length of texts costs: texts and tokens per second of every peer for texts of 8 to 256 tokens.
//   node bench/embed-length.mjs [--peers densenode,transformers-js] [--trials 3] [--count 250] [--threads N] [--save]
// --count texts of 128 tokens, and as many tokens of each other length.
import { readOptions } from './harness/options.mjs'
import { modelFolder, onnxFolder } from './harness/peers.mjs'
import { describeMachine, digits, percent, printTable, ratio, report } from './harness/report.mjs'
import { present, runTrials, writeInput } from './harness/run.mjs'
import { summarize } from './harness/statistics.mjs'
import { readGlosses } from './harness/wordnet.mjs'
import { densenode } from './peers/densenode/package.mjs'

const PEERS = [
  'densenode',
  'onnxruntime-python',
  'sentence-transformers',
  'sentence-transformers:bf16',
  'transformers-js',
]
const LENGTHS = [8, 16, 32, 64, 128, 256]
const MAX_TOKENS = 256
const SPECIAL_TOKENS = 2

const options = readOptions({ peers: PEERS, trials: 3, count: 250 })
const machine = describeMachine()
const peers = present(options.peers)
const texts = await textsByLength()

/** { length: texts }: one long text of glosses, cut after so many tokens. */
async function textsByLength() {
  const tokenizer = await densenode.Tokenizer.load(modelFolder)
  const glosses = readGlosses().slice(0, 20 * options.count)
  const { ids } = await tokenizer.encodeBatch(glosses, { maxTokens: 0, addSpecialTokens: false })
  const cut = Object.fromEntries(
    LENGTHS.map((length) => {
      const step = length - SPECIAL_TOKENS
      const count = Math.min(Math.ceil((options.count * 128) / length), Math.floor(ids.length / step))
      const texts = Array.from({ length: count }, (_, i) =>
        tokenizer.decode(ids.subarray(i * step, (i + 1) * step)),
      )
      return [length, texts]
    }),
  )
  await tokenizer.dispose()
  return cut
}

const results = {}
for (const length of LENGTHS) {
  const task = {
    texts: writeInput(`length-${length}.json`, texts[length]),
    model: modelFolder,
    onnx: onnxFolder,
    dimension: 384,
    maxTokens: MAX_TOKENS,
    threads: options.threads,
  }
  const trials = await runTrials('embed', peers, options.trials, task)
  results[length] = Object.fromEntries(
    peers.map((peer) => [
      peer,
      {
        textsPerSecond: summarize(trials[peer].map(({ seconds }) => texts[length].length / seconds)),
        versions: trials[peer].at(-1).versions,
      },
    ]),
  )
}

const rows = LENGTHS.flatMap((length) => {
  const base = results[length].densenode?.textsPerSecond.median
  return Object.entries(results[length]).map(
    ([
      peer,
      {
        textsPerSecond: { median, spread },
      },
    ]) => [
      `${length} tokens`,
      peer,
      digits(median),
      percent(spread),
      digits(median * length),
      base === undefined ? '' : ratio(base, median),
    ],
  )
})
printTable(['embed, length', 'peer', 'texts/s', 'spread', 'tokens/s', 'densenode is'], rows)
const settings = {
  counts: Object.fromEntries(LENGTHS.map((length) => [length, texts[length].length])),
  trials: options.trials,
  threads: options.threads,
}
report('embed-length', machine, settings, results, options.save)
