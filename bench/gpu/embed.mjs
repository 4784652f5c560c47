// Texts to embeddings: real tokens a second beside sentence-transformers on the same GPU, texts and model folder.
//   node bench/gpu/embed.mjs [--device cuda] [--small] [--seconds 90] [--out record.json]
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

import { summarize } from '../harness/statistics.mjs'
import { readVectors } from '../harness/vectors.mjs'
import { compare } from './harness/cosines.mjs'
import { minilm, modelOfShape } from './harness/data.mjs'
import { flopsOf, shapeOf } from './harness/flops.mjs'
import { readOptions } from './harness/options.mjs'
import { openPeers } from './harness/peers.mjs'
import { openRecord } from './harness/record.mjs'
import { textsOfLengths } from './harness/texts.mjs'
import { finish } from './tables.mjs'

const ROUNDS = 3
const REFERENCE_TEXTS = 128
const BUDGETS = [8192, 16384, 32768, 65536, 131072]
const PEER = 'sentence-transformers'

const options = readOptions({ seconds: 90 })
const onGpu = options.device !== 'cpu'
const dtype = onGpu ? 'fp16' : 'fp32'
const size = (full, small) => (options.small ? small : full)
// What sentence-transformers is fastest with differs by length: each of these is tried on a part of the texts.
const MIXED = {
  name: 'mixed',
  from: 16,
  to: size(512, 64),
  count: size(4096, 16),
  batches: size([64, 128, 256], [8, 16]),
}
const SHORT = {
  name: 'short',
  from: 8,
  to: 32,
  count: size(16384, 32),
  batches: size([128, 512, 1024], [16, 32]),
}
const largeShape = size('bge-large', 'bge-small')

const record = openRecord('embed', options, { dtype, rounds: ROUNDS, texts: [MIXED, SHORT] })
const { data, save } = record
const densenode = createRequire(import.meta.url)('../..')
const tokenizer = await densenode.Tokenizer.load(minilm)
const sets = []
for (const [i, set] of [MIXED, SHORT].entries()) {
  const file = path.join(options.work, `texts-${set.name}-${set.count}.json`)
  writeFileSync(file, JSON.stringify(await textsOfLengths(tokenizer, set.count, set.from, set.to, 3 + i)))
  sets.push({ ...set, file })
}
await tokenizer.dispose()
const peers = openPeers(['densenode', PEER], 'embed', record)
const models = [
  { name: largeShape, folder: await modelOfShape(largeShape, options.work) },
  { name: 'all-MiniLM-L6-v2', folder: minilm },
]

for (const model of models) {
  const loaded = await peers.askAll({ do: 'load', folder: model.folder, device: options.device, dtype })
  const result = { load: loaded, shape: shapeOf(model.folder), sets: {} }
  data.results[model.name] = result
  for (const set of sets) {
    result.sets[set.name] = await measure(model, set)
    save()
  }
  // Both run in fp16: which of them is nearer to fp32 says more than how near they are to each other.
  if (onGpu) await compareWithFp32(model)
}
await tryBudgets(models[0], sets[0])
await peers.close()
finish(record)

async function measure(model, set) {
  await peers.askAll({ do: 'texts', file: set.file })
  const out = (peer) => path.join(options.work, `embed-${model.name}-${set.name}-${peer}.f32`)
  const batch = await tune(set)
  // The first run over all texts is not counted: it fills caches and allocators with every length.
  await peers.ask('densenode', { do: 'embed', count: set.count })
  const seconds = { densenode: [], [PEER]: [] }
  const measured = { texts: set.count, tokens: null, batch }
  for (let round = 0; round < ROUNDS && record.secondsLeft() > 5; round++) {
    await peers.inTurns(round, async (peer) => {
      const answer = await peers.ask(peer, { do: 'embed', count: set.count, batch, out: out(peer) })
      if (!answer) return
      seconds[peer].push(answer.seconds)
      measured.dimension = answer.dimension
      if (answer.tokenCounts) measured.lengths = answer.tokenCounts
    })
    Object.assign(measured, evaluate(model, measured, seconds))
    data.results[model.name].sets[set.name] = strip(measured)
    save()
  }
  if (seconds.densenode.length > 0 && seconds[PEER].length > 0) {
    measured.cosine = compare(readVectors(out('densenode')), readVectors(out(PEER)), measured.dimension)
  }
  return strip(measured)
}

/** The batch size that sentence-transformers is fastest with on a part of the texts; undefined without it. */
async function tune(set) {
  const count = Math.ceil(set.count / 8)
  await peers.ask(PEER, { do: 'embed', count, batch: set.batches[0] })
  let best
  for (const batch of set.batches) {
    const answer = await peers.ask(PEER, { do: 'embed', count: Math.max(count, batch), batch })
    const perText = answer && answer.seconds / Math.max(count, batch)
    if (perText && !(perText >= best?.perText)) best = { batch, perText }
  }
  return best?.batch
}

function evaluate(model, { lengths }, seconds) {
  if (!lengths) return {}
  const tokens = lengths.reduce((sum, length) => sum + length, 0)
  const flops = flopsOf(shapeOf(model.folder), lengths)
  const speeds = {}
  for (const [peer, list] of Object.entries(seconds)) {
    if (list.length === 0) continue
    const tokensPerSecond = summarize(list.map((s) => tokens / s))
    const tflops = (flops / tokens / 1e12) * tokensPerSecond.median
    const peak = data.gpu?.peakTflops
    speeds[peer] = { tokensPerSecond, tflops, shareOfPeak: peak ? tflops / peak : null, seconds: list }
  }
  return { tokens, speeds }
}

/** Without the length of every text. */
function strip({ lengths, ...rest }) {
  return rest
}

async function compareWithFp32(model) {
  if (!peers.has(PEER) || record.secondsLeft() < 10) return
  const set = sets[0]
  const out = path.join(options.work, `embed-${model.name}-fp32.f32`)
  await peers.askAll({ do: 'texts', file: set.file })
  await peers.ask(PEER, { do: 'load', folder: model.folder, device: options.device, dtype: 'fp32' })
  const answer = await peers.ask(PEER, { do: 'embed', count: REFERENCE_TEXTS, batch: 32, out })
  if (!answer) return
  const expected = readVectors(out)
  const result = data.results[model.name].sets[set.name]
  for (const peer of ['densenode', PEER]) {
    if (!result.speeds?.[peer]) continue
    const mine = readVectors(path.join(options.work, `embed-${model.name}-${set.name}-${peer}.f32`))
    result.speeds[peer].cosineToFp32 = compare(mine, expected, answer.dimension)
  }
  save()
}

/** densenode with other budgets of tokens a batch than its own choice: one run each, after one that does not count. */
async function tryBudgets(model, set) {
  const budgets = {}
  await peers.ask('densenode', { do: 'texts', file: set.file })
  for (const maxBatchTokens of options.small ? BUDGETS.slice(0, 1) : BUDGETS) {
    if (!peers.has('densenode') || record.secondsLeft() < 12) return
    const load = { do: 'load', folder: model.folder, device: options.device, dtype, maxBatchTokens }
    if (!(await peers.ask('densenode', load))) return
    await peers.ask('densenode', { do: 'embed', count: Math.ceil(set.count / 4) })
    const answer = await peers.ask('densenode', { do: 'embed', count: set.count })
    if (!answer) return
    budgets[maxBatchTokens] = answer.tokenCounts.reduce((sum, tokens) => sum + tokens, 0) / answer.seconds
    data.results[model.name].budgets = budgets
    save()
  }
}
