import * as check from './checks'
import {
  ADAPTER_BATCH_SIZE,
  ADAPTER_EPOCHS,
  ADAPTER_LEARNING_RATE,
  ADAPTER_PATIENCE,
  ADAPTER_TEMPERATURE,
  ADAPTER_WEIGHT_DECAY,
  MAX_ADAPTER_BATCH,
  MAX_ADAPTER_DIMENSION,
  MAX_INT32,
} from './defaults'
import { Embeddings } from './embeddings'
import { wrongRange, wrongType } from './errors'
import type { Binding } from './native'
import type { ProgressOptions } from './progress'
import { SearchResults } from './search-results'
import type { Ids } from './vector-index-options'
import { type Vectors, vectorData } from './vectors'

/* What LinearAdapter.train takes. */

/** Queries, and for each the row of the document that answers it. */
export interface AdapterPairs {
  queries: Vectors
  /** One row of `documents` a query, from 0. */
  positives: Ids
}

export interface LinearAdapterTrainOptions extends ProgressOptions {
  /** Embeddings of the queries, one row a pair; a query with several positives has a row for each. */
  queries: Vectors
  /** Embeddings of the documents as the index has them. */
  documents: Vectors
  /** The row of the document that answers each query. Default: query i belongs to document i. */
  positives?: Ids
  /**
   * Documents that are near but wrong (mineHardNegatives), the same number a query: rows of `documents`, or
   * -1 for none. The ids of an index are such rows where it gave them itself. Default: none but the positives
   * of the other queries in a batch.
   */
  negatives?: SearchResults | BigInt64Array
  /**
   * Pairs that are not trained on. After each epoch their positives are ranked among all documents; training
   * stops when the mean reciprocal rank no longer rises, and the best epoch's adapter is kept, which may be
   * the identity before the first. Each ranking compares all its queries with all documents.
   */
  validation?: AdapterPairs
  /** Values of one vector, from 1 to 8192. Needed where neither queries nor documents are Embeddings. */
  dimension?: number
  /**
   * Similarities are divided by it: the smaller, the more the nearest negatives count. At least 0.0001.
   * Default: 0.05.
   */
  temperature?: number
  /** Most passes over the queries. Default: 10. */
  epochs?: number
  /** Queries of one step, each with the positives of the others as negatives, 2 to 8192. Default: 256. */
  batchSize?: number
  /** Step size of AdamW at the start; it falls to zero in a straight line. At least 0. Default: 0.001. */
  learningRate?: number
  /**
   * How strongly each step pulls the matrix to the identity and the bias to zero, at least 0. Default: 0.01.
   */
  weightDecay?: number
  /** Whether there is a bias. Default: true. */
  bias?: boolean
  /** Epochs without a better validation after which training stops. Default: 2. */
  patience?: number
  /**
   * Of the order of the queries, from 0 to 2^53 - 1. The same gives the same adapter, with any number of
   * threads. Default: 0.
   */
  seed?: number
  /** Name of the model that made the embeddings, kept in the file for people. Default: the empty string. */
  model?: string
  /** Called with steps finished and the most steps there can be. What it throws stops training. */
  onProgress?: (done: number, total: number) => void
}

const TRAIN_OPTIONS = [
  'queries',
  'documents',
  'positives',
  'negatives',
  'validation',
  'dimension',
  'temperature',
  'epochs',
  'batchSize',
  'learningRate',
  'weightDecay',
  'bias',
  'patience',
  'seed',
  'model',
  'signal',
  'onProgress',
] as const

/** Training as native code takes it, every choice made; throws before any work starts. */
export function checkTraining(
  options: LinearAdapterTrainOptions,
): Omit<Binding.AdapterTraining, 'onProgress'> {
  if (options === undefined) throw wrongType('options', 'an object with "queries" and "documents"', options)
  const given = check.options(options, TRAIN_OPTIONS, 'LinearAdapter.train')
  const dimension = checkDimension(given)
  const documents = vectorData('documents', given.documents, dimension)
  const queries = vectorData('queries', given.queries, dimension)
  const count = queries.length / dimension
  if (count === 0) throw wrongRange('queries', 'at least one vector', given.queries)
  const validation = checkValidation(given.validation, dimension)
  const temperature = check.finite('temperature', given.temperature ?? ADAPTER_TEMPERATURE, 1e-4)
  const learningRate = check.finite('learningRate', given.learningRate ?? ADAPTER_LEARNING_RATE, 0)
  return {
    dimension,
    documents,
    queries,
    positives: checkPositives(given.positives, count, documents.length / dimension),
    negatives: checkNegatives(given.negatives, count),
    validationQueries: validation.queries,
    validationPositives: validation.positives,
    temperature,
    learningRate,
    weightDecay: check.finite('weightDecay', given.weightDecay ?? ADAPTER_WEIGHT_DECAY, 0),
    epochs: check.integer('epochs', given.epochs ?? ADAPTER_EPOCHS, 1, MAX_INT32),
    batchSize: check.integer('batchSize', given.batchSize ?? ADAPTER_BATCH_SIZE, 2, MAX_ADAPTER_BATCH),
    patience: check.integer('patience', given.patience ?? ADAPTER_PATIENCE, 1, MAX_INT32),
    bias: check.boolean('bias', given.bias ?? true),
    seed: check.integer('seed', given.seed ?? 0, 0, Number.MAX_SAFE_INTEGER),
    model: check.string('model', given.model ?? ''),
  }
}

function checkDimension({ dimension, queries, documents }: LinearAdapterTrainOptions): number {
  const known = [queries, documents].find((each) => each instanceof Embeddings)?.dimension
  const value = dimension ?? known
  if (value !== undefined) return check.integer('dimension', value, 1, MAX_ADAPTER_DIMENSION)
  throw wrongType('dimension', 'the dimension of queries and documents, which are typed arrays', dimension)
}

function checkPositives(positives: Ids | undefined, count: number, documents: number): BigInt64Array {
  if (positives !== undefined) return check.ids('positives', positives, count, 'queries')
  if (count !== documents)
    throw wrongRange(
      'documents',
      `as many rows as there are queries (${count}), where no positives are given`,
      documents,
      'Give the row of each query\'s document as "positives".',
    )
  return BigInt64Array.from({ length: count }, (_, i) => BigInt(i))
}

function checkNegatives(negatives: SearchResults | BigInt64Array | undefined, count: number): BigInt64Array {
  if (negatives === undefined) return new BigInt64Array(0)
  const rows = check.ids('negatives', negatives instanceof SearchResults ? negatives.ids : negatives)
  if (rows.length % count !== 0)
    throw wrongRange('negatives', `the same number of rows for each of ${count} queries`, rows)
  return rows
}

function checkValidation(validation: AdapterPairs | undefined, dimension: number) {
  if (validation === undefined) return { queries: new Float32Array(0), positives: new BigInt64Array(0) }
  const given = check.options(validation, ['queries', 'positives'], 'validation')
  const queries = vectorData('validation.queries', given.queries, dimension)
  const count = queries.length / dimension
  return { queries, positives: check.ids('validation.positives', given.positives, count, 'queries') }
}
