// Relevance on real data: dense, lexical and hybrid search, with and without an adapter, find WordNet's entries by their example sentences.
//   node bench/quality.mjs [--queries 2000] [--documents definitions,entries] [--export folder] [--save]
// --export writes the data sets in BEIR's layout and what was found as TREC runs, for other tools to check.
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'

import { cachedEmbeddings } from './harness/embeddings.mjs'
import { modelFolder } from './harness/peers.mjs'
import { describeMachine, printTable, report } from './harness/report.mjs'
import { densenode, versions } from './peers/densenode/package.mjs'
import { dataset, othersThan, wordnet } from './quality/datasets.mjs'

const {
  Bm25Index,
  EmbeddingModel,
  HybridRetriever,
  LinearAdapter,
  Retriever,
  VectorIndex,
  documentTexts,
  evaluate,
  scoreRun,
  weightedFusion,
  writeBeir,
} = densenode
const METRICS = ['mrr@10', 'ndcg@10', 'recall@10', 'recall@100']
/** Other queries, that the weight of dense search is chosen on, by this metric. */
const TUNING_QUERIES = 1000
const TUNING_METRIC = 'ndcg@10'
/** How deep each ranking goes, as HybridRetriever has it by default. */
const DEPTH = 100
const BATCH = 100
const DENSE_WEIGHTS = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]

const { values } = parseArgs({
  options: {
    queries: { type: 'string', default: '2000' },
    documents: { type: 'string', default: 'definitions,entries' },
    export: { type: 'string' },
    save: { type: 'boolean', default: false },
  },
})
const machine = describeMachine()
const modelName = path.basename(modelFolder)
const model = await EmbeddingModel.load(modelFolder)
const { documents, queries } = wordnet()
const asked = queries.slice(0, Number(values.queries))
const tuning = queries.slice(asked.length, asked.length + TUNING_QUERIES)
const training = othersThan([...asked, ...tuning], queries, documents.definitions)

/** Parts of a search engine for one variant of the documents. */
async function build(data) {
  const texts = documentTexts(data)
  const index = await VectorIndex.create({ dimension: model.dimension, metric: 'cosine' })
  const embeddings = await cachedEmbeddings(model, texts)
  await index.add(embeddings)
  const bm25 = await Bm25Index.create()
  await bm25.add(texts)
  return { index, bm25, adapter: await trainAdapter(embeddings) }
}

/** For queries, from example sentences of entries that no query asks for; the queries for tuning stop the training. */
async function trainAdapter(embeddings) {
  const pairs = async (list) => ({
    queries: await cachedEmbeddings(
      model,
      list.map(({ text }) => text),
    ),
    positives: list.map(({ documents: [first] }) => Number(first)),
  })
  process.stderr.write(`training an adapter on ${training.length} pairs\n`)
  return LinearAdapter.train({
    ...(await pairs(training)),
    documents: embeddings,
    dimension: model.dimension,
    validation: await pairs(tuning),
  })
}

/** What each weight of dense search gives: both rankings are made once, and joined as HybridRetriever joins them. */
async function tune(dense, bm25, data) {
  const options = { metrics: [TUNING_METRIC], k: DEPTH, batchSize: BATCH }
  const [near, lexical] = [await evaluate(dense, data, options), await evaluate(bm25, data, options)]
  return DENSE_WEIGHTS.map((weight) => {
    const run = new Map(
      data.queries.map(({ id }) => {
        const lists = [near.run.get(id), lexical.run.get(id)]
        return [id, weightedFusion(lists, { weights: [weight, 1 - weight] })]
      }),
    )
    return { dense: weight, score: scoreRun(run, data.judgements, [TUNING_METRIC]).metrics[TUNING_METRIC] }
  })
}

const results = {}
const rows = []
for (const variant of values.documents.split(',')) {
  const list = documents[variant]
  const data = dataset(list, asked)
  const { index, bm25, adapter } = await build(data)
  const hybrid = new HybridRetriever({ model, index, bm25 })
  const adapted = new HybridRetriever({ model, index, bm25, queryAdapter: adapter })
  const withFusion = (options, retriever = hybrid) => ({
    search: (texts, k) => retriever.search(texts, k, options),
  })
  const weighted = (dense) => withFusion({ fusion: 'weighted', weights: { dense, lexical: 1 - dense } })

  const byWeight = await tune(new Retriever(model, index), bm25, dataset(list, tuning))
  const chosen = byWeight.reduce((best, entry) => (entry.score > best.score ? entry : best)).dense

  const searches = {
    dense: new Retriever(model, index),
    'dense, adapter': new Retriever(model, index, { queryAdapter: adapter }),
    bm25,
    'hybrid rrf': withFusion({ fusion: 'rrf' }),
    'hybrid weighted .5': weighted(0.5),
    'hybrid weighted, tuned': weighted(chosen),
    'hybrid weighted .5, adapter': withFusion({ fusion: 'weighted' }, adapted),
  }
  results[variant] = { denseWeight: chosen, tuning: byWeight }
  const folder = values.export && path.join(values.export, variant)
  if (folder) await writeBeir(folder, data)
  for (const [name, search] of Object.entries(searches)) {
    process.stderr.write(`${variant}: ${name}\n`)
    const { metrics, run } = await evaluate(search, data, { metrics: METRICS, k: DEPTH, batchSize: BATCH })
    if (folder) {
      const runs = path.join(folder, 'runs')
      mkdirSync(runs, { recursive: true })
      await densenode.writeTrecRun(path.join(runs, `${name.replace(/\W+/g, '-')}.txt`), run)
    }
    results[variant][name] = metrics
    rows.push([variant, name, ...METRICS.map((metric) => metrics[metric].toFixed(4))])
  }
  await Promise.all([index.dispose(), bm25.dispose(), adapter.dispose()])
}

printTable(['documents', 'search', ...METRICS], rows)
const weights = Object.entries(results).map(([variant, { denseWeight }]) => `${variant} ${denseWeight}`)
console.log(`${documents.entries.length} documents, ${asked.length} queries; exact dense search`)
console.log(`adapter trained on ${training.length} other pairs, whose definitions no query asks for`)
console.log(`weight of dense search, chosen on ${tuning.length} other queries: ${weights.join(', ')}`)
report(
  'quality',
  machine,
  {
    model: modelName,
    documents: documents.entries.length,
    queries: asked.length,
    training: training.length,
    metrics: METRICS,
    versions: versions(),
  },
  results,
  values.save,
)
await model.dispose()
