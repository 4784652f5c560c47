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
import { misuseMessage, wrongRange, wrongType } from './errors'
import { type AdapterHandle, checkHandle } from './handle'
import { runJob, runSync } from './job'
import { Lifetime, Resource } from './lifetime'
import { type Binding, native } from './native'
import { Progress } from './progress'
import { SearchResults } from './search-results'
import type { Ids } from './vector-index'
import { type Vectors, vectorData } from './vectors'

/** Queries, and for each the row of the document that answers it. */
export interface AdapterPairs {
  queries: Vectors
  /** One row of `documents` a query, from 0. */
  positives: Ids
}

export interface LinearAdapterTrainOptions {
  /** Embeddings of the queries, one row a pair; a query with several positives has a row for each. */
  queries: Vectors
  /** Embeddings of the documents as the index has them. */
  documents: Vectors
  /** The row of the document that answers each query. Default: query i belongs to document i. */
  positives?: Ids
  /**
   * Documents that are near but wrong (mineHardNegatives), the same number a query: rows of `documents`, or -1 for
   * none. The ids of an index are such rows where it gave them itself. Default: none but the positives of the other
   * queries in a batch.
   */
  negatives?: SearchResults | BigInt64Array
  /**
   * Pairs that are not trained on. After each epoch their positives are ranked among all documents; training stops
   * when the mean reciprocal rank no longer rises, and the best epoch's adapter is kept, which may be the identity
   * before the first. Each ranking compares all its queries with all documents.
   */
  validation?: AdapterPairs
  /** Values of one vector, from 1 to 8192. Needed where neither queries nor documents are Embeddings. */
  dimension?: number
  /** Similarities are divided by it: the smaller, the more the nearest negatives count. At least 0.0001. Default: 0.05. */
  temperature?: number
  /** Most passes over the queries. Default: 10. */
  epochs?: number
  /** Queries of one step, each with the positives of the others as negatives, 2 to 8192. Default: 256. */
  batchSize?: number
  /** Step size of AdamW at the start; it falls to zero in a straight line. At least 0. Default: 0.001. */
  learningRate?: number
  /** How strongly each step pulls the matrix to the identity and the bias to zero, at least 0. Default: 0.01. */
  weightDecay?: number
  /** Whether there is a bias. Default: true. */
  bias?: boolean
  /** Epochs without a better validation after which training stops. Default: 2. */
  patience?: number
  /** Of the order of the queries, from 0 to 2^53 - 1. The same gives the same adapter, with any number of threads. Default: 0. */
  seed?: number
  /** Name of the model that made the embeddings, kept in the file for people. Default: the empty string. */
  model?: string
  /** Stops training; the promise then rejects with the signal's reason. */
  signal?: AbortSignal
  /** Called with steps finished and the most steps there can be. What it throws stops training. */
  onProgress?: (done: number, total: number) => void
}

/** How training went. */
export interface AdapterHistory {
  /** Mean loss of each epoch. */
  readonly losses: Float64Array
  /** Mean reciprocal rank of the validation after 0, 1, 2, ... epochs; empty without validation. */
  readonly validation: Float64Array
  /** Epochs that the adapter has seen. */
  readonly bestEpoch: number
}

export interface AdapterApplyOptions {
  /** Where to write: as long as the embeddings, which it may also be. Pinned until the promise settles. */
  out?: Float32Array
  signal?: AbortSignal
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

/**
 * A linear map that brings embeddings of queries nearer to those of the documents they ask for:
 * y = (W x + b) / |W x + b|. It is learned from pairs of embeddings that stay as they are, so an index that exists
 * goes on to serve: only queries pass through the adapter.
 *
 * @example
 * const adapter = await LinearAdapter.train({
 *   queries: await model.embed(questions, { prompt: 'query' }),
 *   documents: await model.embed(passages, { prompt: 'passage' }),
 * })
 * await adapter.save('questions.safetensors')
 * const retriever = new Retriever(model, index, { queryAdapter: adapter })
 */
export class LinearAdapter extends Resource {
  readonly #lifetime: Lifetime<Binding.LinearAdapter>
  /** Values of one embedding. */
  readonly dimension: number
  /** Name of the model that made the embeddings, as it was given to train(); may be empty. */
  readonly model: string
  /** How training went; undefined where the adapter was loaded or attached. */
  readonly history: AdapterHistory | undefined

  private constructor(lifetime: Lifetime<Binding.LinearAdapter>, history?: AdapterHistory) {
    super(lifetime, 'await LinearAdapter.train(options) or LinearAdapter.load(path).')
    this.#lifetime = lifetime
    const adapter = lifetime.use('train')
    this.dimension = adapter.dimension
    this.model = adapter.model
    this.history = history
  }

  /**
   * Learns an adapter by InfoNCE (van den Oord et al. 2018, arXiv 1807.03748; sentence-transformers'
   * MultipleNegativesRankingLoss with scale 1 / temperature) and AdamW (Loshchilov and Hutter 2019, arXiv
   * 1711.05101) from the identity. All vectors are scaled to length 1. A document that is a positive of a query, or
   * equal to one, is never a negative of it.
   *
   * Works on all of densenode's threads, in parts of a millisecond or so between which other jobs get their turn.
   * Arrays are read in place and pinned until the promise settles.
   *
   * @throws RangeError for NaN, infinity or zeros alone, with the row, and where training diverges; DensenodeError
   *   OUT_OF_MEMORY; the signal's reason.
   */
  static async train(options: LinearAdapterTrainOptions): Promise<LinearAdapter> {
    if (options === undefined) throw wrongType('options', 'an object with "queries" and "documents"', options)
    const given = check.options(options, TRAIN_OPTIONS, 'LinearAdapter.train')
    const training = checkTraining(given)
    const { onProgress } = given
    if (onProgress !== undefined) check.func('onProgress', onProgress)
    const signal = check.signal(given.signal)
    const steps = training.epochs * Math.ceil(training.positives.length / training.batchSize)
    return runJob([], signal, async (abort) => {
      const progress = new Progress(abort, onProgress, steps)
      const trained = await native().LinearAdapter.train(
        { ...training, ...(progress.callback && { onProgress: progress.callback }) },
        abort.cancellation(Boolean(onProgress)),
      )
      const { adapter, ...history } = trained
      const lifetime = new Lifetime('LinearAdapter', adapter)
      try {
        progress.throwFailure()
      } catch (error) {
        void lifetime.close()
        throw error
      }
      return new LinearAdapter(lifetime, Object.freeze(history))
    })
  }

  /**
   * Reads a file that save() wrote, or one with the state of a square torch.nn.Linear that safetensors saved.
   *
   * @throws DensenodeError FILE_NOT_FOUND, FILE_UNREADABLE, FILE_CORRUPT, MODEL_INVALID (other tensors, NaN),
   *   MODEL_UNSUPPORTED (a later version) or OUT_OF_MEMORY.
   */
  static async load(path: string): Promise<LinearAdapter> {
    check.path('path', path)
    const adapter = await runJob([], undefined, () => native().LinearAdapter.load(path))
    return new LinearAdapter(new Lifetime('LinearAdapter', adapter))
  }

  /**
   * A second object for an adapter that another thread of this process shared.
   *
   * @throws DensenodeError DISPOSED when no object of this adapter is open any more.
   */
  static attach(handle: AdapterHandle): LinearAdapter {
    const id = checkHandle(handle, 'LinearAdapter')
    const adapter = runSync(() => native().LinearAdapter.attach(id))
    return new LinearAdapter(new Lifetime('LinearAdapter', adapter))
  }

  /**
   * A plain object for postMessage or workerData, good in every thread of this process while any object of the
   * adapter is open.
   */
  share(): AdapterHandle {
    const adapter = this.#lifetime.use('share')
    return { type: 'LinearAdapter', id: runSync(() => adapter.share()), pid: process.pid }
  }

  /** W, dimension x dimension values, row major: a copy. */
  get weight(): Float32Array {
    return this.#lifetime.use('weight').weight
  }

  /** b, dimension values, or null where the adapter has none: a copy. */
  get bias(): Float32Array | null {
    return this.#lifetime.use('bias').bias
  }

  /**
   * Maps embeddings of queries: rows of length 1, in their order. Rows are scaled to length 1 before; rows of zeros
   * stay zeros.
   */
  async apply(embeddings: Vectors, options?: AdapterApplyOptions): Promise<Float32Array> {
    const adapter = this.#lifetime.use('apply')
    const data = vectorData('embeddings', embeddings, this.dimension)
    const given = check.options(options, ['out', 'signal'], 'LinearAdapter.apply')
    const signal = check.signal(given.signal)
    const out = given.out === undefined ? new Float32Array(data.length) : checkOut(given.out, data)
    return runJob([this.#lifetime], signal, async (abort) => {
      await adapter.apply(data, out, abort.cancellation())
      return out
    })
  }

  /**
   * Writes a .safetensors file with the tensors `weight` and `bias`, which torch.nn.Linear takes as its state, and
   * dimension, model, version and checksum in its metadata. Beside first, then renamed, so that a crash leaves the
   * old file or the new one.
   *
   * @throws DensenodeError FILE_WRITE_FAILED.
   */
  async save(path: string): Promise<void> {
    const adapter = this.#lifetime.use('save')
    check.path('path', path)
    return runJob([this.#lifetime], undefined, () => adapter.save(path))
  }
}

/** An adapter for embeddings of `dimension`. */
export function checkAdapter(option: string, value: unknown, dimension: number): LinearAdapter {
  if (!(value instanceof LinearAdapter)) throw wrongType(option, 'a LinearAdapter', value)
  if (value.dimension !== dimension)
    throw new RangeError(
      misuseMessage(option, `an adapter of dimension ${dimension}`, `dimension ${value.dimension}`),
    )
  return value
}

function checkTraining(given: LinearAdapterTrainOptions): Omit<Binding.AdapterTraining, 'onProgress'> {
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

function checkOut(out: unknown, data: Float32Array): Float32Array {
  const array = check.float32Array('out', out)
  if (array.length === data.length) return array
  throw wrongRange('out', `a Float32Array as long as the embeddings (${data.length})`, array)
}
