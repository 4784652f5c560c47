// Relevance on real data: dense, lexical and hybrid search find WordNet's entries by their example sentences.
//   node bench/quality.mjs [--queries 2000] [--export folder] [--save]
// --export writes the data sets in BEIR's layout and what was found as TREC runs, for other tools to check.
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'

import { modelFolder } from './harness/peers.mjs'
import { describeMachine, digits, printTable, report } from './harness/report.mjs'
import { densenode, versions } from './peers/densenode/package.mjs'
import { dataset, wordnet } from './quality/datasets.mjs'
import { cachedEmbeddings } from './quality/embeddings.mjs'

const {
  Bm25Index,
  EmbeddingModel,
  HybridRetriever,
  Retriever,
  VectorIndex,
  documentTexts,
  evaluate,
  writeBeir,
} = densenode
const METRICS = ['mrr@10', 'ndcg@10', 'recall@10', 'recall@100']
/** Other queries, that the weight of dense search is chosen on, by this metric. */
const TUNING_QUERIES = 1000
const TUNING_METRIC = 'ndcg@10'
const DENSE_WEIGHTS = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]

const { values } = parseArgs({
  options: {
    queries: { type: 'string', default: '2000' },
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

/** Parts of a search engine for one variant of the documents. */
async function build(data) {
  const texts = documentTexts(data)
  const index = await VectorIndex.create({ dimension: model.dimension, metric: 'cosine' })
  await index.add(await cachedEmbeddings(model, modelName, texts))
  const bm25 = await Bm25Index.create()
  await bm25.add(texts)
  return { index, bm25 }
}

const results = {}
const rows = []
for (const [variant, list] of Object.entries(documents)) {
  const data = dataset(list, asked)
  const { index, bm25 } = await build(data)
  const hybrid = new HybridRetriever({ model, index, bm25 })
  const withFusion = (options) => ({ search: (texts, k) => hybrid.search(texts, k, options) })
  const weighted = (dense) => withFusion({ fusion: 'weighted', weights: { dense, lexical: 1 - dense } })

  const byWeight = []
  for (const dense of DENSE_WEIGHTS) {
    const { metrics } = await evaluate(weighted(dense), dataset(list, tuning), {
      metrics: [TUNING_METRIC],
      k: 100,
      batch: 100,
    })
    byWeight.push({ dense, score: metrics[TUNING_METRIC] })
  }
  const chosen = byWeight.reduce((best, entry) => (entry.score > best.score ? entry : best)).dense

  const searches = {
    dense: new Retriever(model, index),
    bm25,
    'hybrid rrf': withFusion({}),
    'hybrid weighted .5': weighted(0.5),
    'hybrid weighted, tuned': weighted(chosen),
  }
  results[variant] = { denseWeight: chosen, tuning: byWeight }
  const folder = values.export && path.join(values.export, variant)
  if (folder) await writeBeir(folder, data)
  for (const [name, search] of Object.entries(searches)) {
    process.stderr.write(`${variant}: ${name}\n`)
    const { metrics, latency, run } = await evaluate(search, data, { metrics: METRICS })
    if (folder) {
      const runs = path.join(folder, 'runs')
      mkdirSync(runs, { recursive: true })
      await densenode.writeTrecRun(path.join(runs, `${name.replace(/\W+/g, '-')}.txt`), run)
    }
    results[variant][name] = { metrics, latency }
    const cells = METRICS.map((metric) => metrics[metric].toFixed(4))
    rows.push([variant, name, ...cells, digits(latency.p50), digits(latency.p99)])
  }
  await Promise.all([index.dispose(), bm25.dispose()])
}

printTable(['documents', 'search', ...METRICS, 'p50 ms', 'p99 ms'], rows)
const weights = Object.entries(results).map(([variant, { denseWeight }]) => `${variant} ${denseWeight}`)
console.log(`${documents.entries.length} documents, ${asked.length} queries, one a call; exact dense search`)
console.log(`weight of dense search, chosen on ${tuning.length} other queries: ${weights.join(', ')}`)
report(
  'quality',
  machine,
  {
    model: modelName,
    documents: documents.entries.length,
    queries: asked.length,
    metrics: METRICS,
    versions: versions(),
  },
  results,
  values.save,
)
await model.dispose()
