// What a linear adapter is worth: WordNet's example sentences as queries for the definitions they illustrate, among all
// 117,791, with and without an adapter that was trained on other definitions.
//   node bench/adapter.mjs [--trials 3] [--count 2000] [--save]

import { cachedEmbeddings } from './harness/embeddings.mjs'
import { readExamples, splitByDefinition } from './harness/examples.mjs'
import { readOptions } from './harness/options.mjs'
import { modelFolder } from './harness/peers.mjs'
import { describeMachine, digits, percent, printTable, report } from './harness/report.mjs'
import { summarize } from './harness/statistics.mjs'
import { densenode, versions } from './peers/densenode/package.mjs'

const DIMENSION = 384
const VALIDATION = 1000
const K = 100
const MINING = { numNegatives: 5, relativeMargin: 0.05 }

const { EmbeddingModel, LinearAdapter, mineHardNegatives, VectorIndex } = densenode
const options = readOptions({ peers: ['densenode'], trials: 3, count: 2000 })
const machine = describeMachine()
const data = readExamples()
const split = splitByDefinition(data, options.count, VALIDATION)
const model = await EmbeddingModel.load(modelFolder, { device: 'cpu', dtype: 'fp32' })
const documents = await cachedEmbeddings(model, data.definitions)
const sentences = await cachedEmbeddings(
  model,
  data.examples.map(({ text }) => text),
)
await model.dispose()

/** Embeddings of some examples, and the rows of their definitions. */
function pairs(places) {
  const queries = new Float32Array(places.length * DIMENSION)
  places.forEach((place, i) => {
    queries.set(sentences.subarray(place * DIMENSION, (place + 1) * DIMENSION), i * DIMENSION)
  })
  return { queries, positives: BigInt64Array.from(places, (place) => BigInt(data.examples[place].row)) }
}

const seconds = async (work) => {
  const start = performance.now()
  const result = await work()
  return { result, seconds: (performance.now() - start) / 1000 }
}

const test = pairs(split.test)
const validation = pairs(split.validation)
const training = pairs(split.training)
const index = await VectorIndex.create({ dimension: DIMENSION, metric: 'ip' })
await index.add(documents)

async function measure(queries) {
  const found = await index.search(queries, K)
  const ranks = Array.from(test.positives, (positive, i) => {
    const place = found.ids.subarray(i * K, (i + 1) * K).indexOf(positive)
    return place < 0 ? Infinity : place + 1
  })
  const mean = (value) => ranks.reduce((sum, rank) => sum + value(rank), 0) / ranks.length
  const recallAt = (k) => mean((rank) => Number(rank <= k))
  return {
    recallAt1: recallAt(1),
    recallAt10: recallAt(10),
    recallAt100: recallAt(100),
    mrrAt10: mean((rank) => (rank <= 10 ? 1 / rank : 0)),
  }
}

const mined = await seconds(() => mineHardNegatives(index, training.queries, training.positives, MINING))
const VARIANTS = {
  adapter: {},
  'adapter, hard negatives': { negatives: mined.result },
}

const results = { without: { quality: await measure(test.queries) } }
for (const [name, variant] of Object.entries(VARIANTS)) {
  const trials = []
  for (let seed = 0; seed < options.trials; seed++) {
    const trained = await seconds(() =>
      LinearAdapter.train({ ...training, ...variant, documents, validation, dimension: DIMENSION, seed }),
    )
    const adapter = trained.result
    const quality = await measure(await adapter.apply(test.queries))
    trials.push({ quality, seconds: trained.seconds, epochs: adapter.history.losses.length })
    await adapter.dispose()
    process.stderr.write(`${name}: seed ${seed} of ${options.trials}\n`)
  }
  const median = (of) => summarize(trials.map(of))
  const measures = Object.keys(results.without.quality)
  results[name] = {
    quality: Object.fromEntries(measures.map((m) => [m, median(({ quality }) => quality[m]).median])),
    spreadOfMrr: median(({ quality }) => quality.mrrAt10).spread,
    trainSeconds: median((trial) => trial.seconds).median,
    epochs: median(({ epochs }) => epochs).median,
  }
}
results.miningSeconds = mined.seconds

const rows = Object.entries(results)
  .filter(([, { quality }]) => quality)
  .map(([name, { quality, spreadOfMrr, trainSeconds, epochs }]) => [
    name,
    ...[quality.recallAt1, quality.recallAt10, quality.recallAt100, quality.mrrAt10].map((v) => v.toFixed(4)),
    spreadOfMrr === undefined ? '' : percent(spreadOfMrr),
    trainSeconds === undefined ? '' : digits(trainSeconds),
    epochs === undefined ? '' : String(epochs),
  ])
printTable(['', 'recall@1', 'recall@10', 'recall@100', 'MRR@10', 'spread', 'training s', 'epochs'], rows)
console.log(
  `${split.test.length} held-out queries among ${data.definitions.length} definitions; trained on ${split.training.length} ` +
    `pairs, ${split.validation.length} for validation; hard negatives mined in ${digits(mined.seconds)} s`,
)
const settings = {
  queries: split.test.length,
  documents: data.definitions.length,
  training: split.training.length,
  validation: split.validation.length,
  mining: MINING,
  trials: options.trials,
}
report('adapter', machine, settings, { ...results, versions: versions() }, options.save)
