import { parseArgs } from 'node:util'

import { Bm25Index } from '../bm25'
import { INDEX_FACTORY } from '../defaults'
import { EmbeddingModel } from '../embedding-model'
import { type Dataset, documentTexts } from '../evaluation/dataset'
import { type EvaluateOptions, type Evaluation, evaluate, type TextSearcher } from '../evaluation/evaluate'
import { evaluationTable } from '../evaluation/evaluation-table'
import type { RelevanceMetric } from '../evaluation/metrics'
import { HybridRetriever } from '../hybrid-retriever'
import type { EmbeddingModelOptions } from '../model-options'
import { Retriever } from '../retriever'
import { VectorIndex } from '../vector-index'
import { type Command, list, note, print, UsageError, wholeNumber } from './command'
import { DATASET_OPTIONS, DATASET_USAGE, readDataset } from './dataset-options'
import { embedTexts } from './embed-texts'

const OPTIONS = {
  ...DATASET_OPTIONS,
  model: { type: 'string' },
  device: { type: 'string' },
  index: { type: 'string' },
  bm25: { type: 'boolean' },
  hybrid: { type: 'boolean' },
  metrics: { type: 'string' },
  'batch-size': { type: 'string' },
  json: { type: 'boolean' },
} as const

export const evaluateCommand: Command = {
  name: 'evaluate',
  summary: 'relevance and latency of dense, lexical and hybrid search on a data set',
  usage: [
    'Usage: densenode evaluate <data set> [--model FOLDER] [--bm25] [--hybrid] [options]',
    '',
    ...DATASET_USAGE,
    '  --model FOLDER       dense search with this model',
    '  --device DEVICE      of the model: auto, cpu, cuda, cuda:N (default: auto)',
    '  --index FACTORY      FAISS factory string of the vectors (default: Flat, exact)',
    '  --bm25               lexical search',
    '  --hybrid             both, joined by rrf and by weighted fusion; needs --model',
    '  --metrics LIST       such as ndcg@10,mrr@10,recall@100',
    '  --batch-size N       queries of one search call (default: 1)',
    '  --json               JSON instead of a table',
  ].join('\n'),

  async run(args) {
    const { values } = parseArgs({ args, options: OPTIONS })
    const { model: source, bm25, hybrid, json } = values
    if (hybrid && source === undefined) throw new UsageError('--hybrid needs --model')
    if (source === undefined && !bm25) throw new UsageError('expected --model, --bm25 or both')
    const batchSize = wholeNumber('batch-size', values['batch-size'])
    const dataset = await readDataset(values)
    note(`${dataset.documents.length} documents, ${dataset.judgements.size} judged queries`)
    const metrics = list(values.metrics) as RelevanceMetric[] | undefined
    const options: EvaluateOptions = { ...(metrics && { metrics }), ...(batchSize && { batchSize }) }

    const dense = source === undefined ? undefined : await buildDense(source, values, dataset)
    const lexical = bm25 || hybrid ? await buildLexical(dataset) : undefined
    const evaluations: Record<string, Evaluation> = {}
    const measure = async (name: string, searcher: TextSearcher) => {
      note(`evaluating ${name}`)
      evaluations[name] = await evaluate(searcher, dataset, options)
    }
    if (dense) await measure('dense', dense)
    if (bm25) await measure('bm25', lexical!)
    if (dense && lexical && hybrid) {
      const both = new HybridRetriever({ model: dense.model, index: dense.index, bm25: lexical })
      for (const fusion of ['rrf', 'weighted'] as const)
        await measure(`hybrid ${fusion}`, {
          search: (texts, k, more) => both.search(texts, k, { ...more, fusion }),
        })
    }
    print(json ? JSON.stringify(evaluations, withoutDetails, 2) : evaluationTable(evaluations))
  },
}

async function buildDense(
  source: string,
  { device, index: factory = INDEX_FACTORY }: { device?: string; index?: string },
  dataset: Dataset,
): Promise<Retriever> {
  const chosen = device === undefined ? {} : { device: device as EmbeddingModelOptions['device'] }
  const model = await EmbeddingModel.load(source, chosen)
  const index = await VectorIndex.create({ dimension: model.dimension, metric: 'cosine', factory })
  const embeddings = await embedTexts(model, documentTexts(dataset), 'documents embedded', 'document')
  if (!index.isTrained) await index.train(embeddings)
  await index.add(embeddings)
  return new Retriever(model, index)
}

async function buildLexical(dataset: Dataset): Promise<Bm25Index> {
  const bm25 = await Bm25Index.create()
  await bm25.add(documentTexts(dataset))
  return bm25
}

/** Single queries and rankings are left out of the JSON: the programming interface gives them. */
function withoutDetails(key: string, value: unknown): unknown {
  return key === 'run' || key === 'perQuery' ? undefined : value
}
