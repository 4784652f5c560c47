import { checkTraining, type LinearAdapterTrainOptions } from './adapter-training'
import * as check from './checks'
import { wrongRange, wrongType } from './errors'
import { type AdapterHandle, attachHandle, shareHandle } from './handle'
import { type JobOptions, runJob } from './job'
import { Lifetime, Resource } from './lifetime'
import { type Binding, native } from './native'
import { runProgressJob } from './progress'
import { type Vectors, vectorData } from './vectors'

/** How training went. */
export interface AdapterHistory {
  /** Mean loss of each epoch. */
  readonly losses: Float64Array
  /** Mean reciprocal rank of the validation after 0, 1, 2, ... epochs; empty without validation. */
  readonly validation: Float64Array
  /** Epochs that the adapter has seen. */
  readonly bestEpoch: number
}

export interface AdapterApplyOptions extends JobOptions {
  /** Where to write: as long as the embeddings, which it may also be. Pinned until the promise settles. */
  out?: Float32Array
}

/**
 * A linear map that brings embeddings of queries nearer to those of the documents they ask for: y = (W x + b)
 * / |W x + b|. It is learned from pairs of embeddings that stay as they are, so an index that exists goes on
 * to serve: only queries pass through the adapter.
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
   * 1711.05101) from the identity. All vectors are scaled to length 1. A document that is a positive of a
   * query, or equal to one, is never a negative of it.
   *
   * Works on all of densenode's threads, in parts of a millisecond or so between which other jobs get their
   * turn. Arrays are read in place and pinned until the promise settles.
   *
   * @throws RangeError for NaN, infinity or zeros alone, with the row, and where training diverges;
   *   DensenodeError OUT_OF_MEMORY; the signal's reason.
   */
  static async train(options: LinearAdapterTrainOptions): Promise<LinearAdapter> {
    const training = checkTraining(options)
    const steps = training.epochs * Math.ceil(training.positives.length / training.batchSize)
    let trained: LinearAdapter | undefined
    try {
      return await runProgressJob([], options, steps, async ({ cancellation, onProgress }) => {
        const { adapter, ...history } = await native().LinearAdapter.train(
          { ...training, ...(onProgress && { onProgress }) },
          cancellation,
        )
        trained = new LinearAdapter(new Lifetime('LinearAdapter', adapter), Object.freeze(history))
        return trained
      })
    } catch (error) {
      void trained?.dispose() // the last call of onProgress threw
      throw error
    }
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
    return new LinearAdapter(attachHandle('LinearAdapter', handle, (id) => native().LinearAdapter.attach(id)))
  }

  /**
   * A plain object for postMessage or workerData, good in every thread of this process while any object of
   * the adapter is open.
   */
  share(): AdapterHandle {
    return shareHandle('LinearAdapter', this.#lifetime)
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
   * Maps embeddings of queries: rows of length 1, in their order. Rows are scaled to length 1 before; rows of
   * zeros stay zeros.
   */
  async apply(embeddings: Vectors, options?: AdapterApplyOptions): Promise<Float32Array> {
    const adapter = this.#lifetime.use('apply')
    const data = vectorData('embeddings', embeddings, this.dimension)
    const given = check.options(options, ['out', 'signal'], 'LinearAdapter.apply')
    const signal = check.signal(given.signal)
    const out = given.out === undefined ? new Float32Array(data.length) : checkOut(given.out, data)
    return await runJob([this.#lifetime], signal, async (abort) => {
      await adapter.apply(data, out, abort.cancellation())
      return out
    })
  }

  /**
   * Writes a .safetensors file with the tensors `weight` and `bias`, which torch.nn.Linear takes as its
   * state, and dimension, model, version and checksum in its metadata. Beside first, then renamed, so that a
   * crash leaves the old file or the new one.
   *
   * @throws DensenodeError FILE_WRITE_FAILED.
   */
  async save(path: string): Promise<void> {
    const adapter = this.#lifetime.use('save')
    check.path('path', path)
    return await runJob([this.#lifetime], undefined, () => adapter.save(path))
  }
}

/** An adapter for embeddings of `dimension`. */
export function checkAdapter(option: string, value: unknown, dimension: number): LinearAdapter {
  if (!(value instanceof LinearAdapter)) throw wrongType(option, 'a LinearAdapter', value)
  return check.ofDimension(option, value, dimension, 'an adapter')
}

function checkOut(out: unknown, data: Float32Array): Float32Array {
  const array = check.float32Array('out', out)
  if (array.length === data.length) return array
  throw wrongRange('out', `a Float32Array as long as the embeddings (${data.length})`, array)
}
