import * as check from './checks'
import { MAX_INT32 } from './defaults'
import { wrongType } from './errors'
import { type SparseEncoderHandle, shareHandle } from './handle'
import { runSync } from './job'
import type { Lifetime } from './lifetime'
import { attachModel, LoadedModel, loadModel } from './loaded-model'
import { ENCODER_OPTIONS, type EncoderOptions } from './model-options'
import type { Binding } from './native'
import { type ProgressOptions, runProgressJob } from './progress'
import { type PromptOptions, promptText } from './prompts'
import { SparseEmbeddings, type SparseVector } from './sparse-embeddings'
import { texts as checkTexts, textList } from './text-list'

/** As for EmbeddingModel.load. */
export type SparseEncoderOptions = EncoderOptions

export interface SparseEmbedOptions extends Omit<PromptOptions, 'task'>, ProgressOptions {
  /** Weights kept of each text, the largest; fewer make searches faster. Default: all. */
  maxActive?: number
}

/** A token of a sparse embedding and how much the text is about it. */
export interface WeightedToken {
  token: string
  weight: number
}

const EMBED_OPTIONS = ['prompt', 'promptText', 'maxActive', 'signal', 'onProgress'] as const

/**
 * Texts to sparse embeddings: a weight above 0 for each token of the vocabulary that a text is about, also such as
 * do not stand in it (SPLADE). They are compared by dot product, and searched with a SparseIndex.
 *
 * The properties of a model stay readable after dispose().
 *
 * @example
 * const encoder = await SparseEncoder.load('models/splade-v3')
 * const embeddings = await encoder.embed(passages)
 * console.log(encoder.decode(embeddings.row(0), 10)) // [{ token: 'cat', weight: 2.1 }, ...]
 */
export class SparseEncoder extends LoadedModel {
  readonly #lifetime: Lifetime<Binding.SparseEncoder>
  /** Token ids that an embedding may have a weight for: those of the vocabulary. */
  readonly dimension: number
  /** Longest text in tokens, special tokens included; longer texts are cut. */
  readonly maxTokens: number
  /** Texts that this model wants before its inputs, by name; often empty. */
  readonly prompts: Readonly<Record<string, string>>
  /** Name of the prompt used where a call gives none. */
  readonly defaultPrompt: string | null

  private constructor(lifetime: Lifetime<Binding.SparseEncoder>) {
    super(lifetime, 'SparseEncoder')
    this.#lifetime = lifetime
    const model = lifetime.use('load')
    this.dimension = model.dimension
    this.maxTokens = model.maxTokens
    this.prompts = Object.freeze(model.prompts)
    this.defaultPrompt = model.defaultPrompt
  }

  /**
   * Loads a model on another thread.
   *
   * @param source As for EmbeddingModel.load: the folder of a class ...ForMaskedLM, of a sentence-transformers
   *   SparseEncoder with SpladePooling, or an .onnx file with the output `logits`.
   * @throws DensenodeError as EmbeddingModel.load.
   */
  static async load(source: string, options?: SparseEncoderOptions): Promise<SparseEncoder> {
    return new SparseEncoder(await loadModel('SparseEncoder', source, options, ENCODER_OPTIONS))
  }

  /**
   * A second object for a model that another thread of this process loaded and shared. The weights exist once;
   * each object is disposed on its own.
   *
   * @throws DensenodeError DISPOSED when no object of this model is open any more.
   */
  static attach(handle: SparseEncoderHandle): SparseEncoder {
    return new SparseEncoder(attachModel('SparseEncoder', handle))
  }

  /**
   * A plain object for postMessage or workerData, good in every thread of this process while any object of the
   * model is open.
   */
  share(): SparseEncoderHandle {
    return shareHandle('SparseEncoder', this.#lifetime)
  }

  /**
   * Sparse embeddings of texts, in their order. Texts are sorted by length inside and run in batches without
   * needless padding, so give many at once.
   *
   * @throws RangeError for more than 2^31 - 1 weights in all.
   */
  async embed(texts: string | readonly string[], options?: SparseEmbedOptions): Promise<SparseEmbeddings> {
    const model = this.#lifetime.use('embed')
    const list = checkTexts(texts)
    const given = check.options(options, EMBED_OPTIONS, 'SparseEncoder.embed')
    const { maxActive = 0 } = given
    if (given.maxActive !== undefined) check.integer('maxActive', maxActive, 1, MAX_INT32)
    const prompt = promptText(this, given)
    return runProgressJob([this.#lifetime], given, list.length, async (job) => {
      const { offsets, tokenIds, weights } = await model.embed(
        await textList(list, job.abort),
        prompt,
        maxActive,
        job.onProgress,
        job.cancellation,
      )
      return new SparseEmbeddings(offsets, tokenIds, weights)
    })
  }

  /**
   * The tokens of a row, the heaviest first.
   *
   * @param topK At most so many. Default: all.
   * @throws RangeError for a token id outside the vocabulary.
   */
  decode(row: SparseVector, topK?: number): WeightedToken[] {
    const model = this.#lifetime.use('decode')
    if (typeof row !== 'object' || row === null) throw wrongType('row', 'a row of SparseEmbeddings', row)
    const ids = check.int32Array('row.tokenIds', row.tokenIds)
    const weights = check.float32Array('row.weights', row.weights)
    if (topK !== undefined) check.integer('topK', topK, 1, MAX_INT32)
    const order = Array.from(ids.keys()).sort((a, b) => weights[b]! - weights[a]! || a - b)
    const best = order.slice(0, topK)
    const tokens = runSync(() => model.tokens(Int32Array.from(best, (i) => ids[i]!)))
    return best.map((i, rank) => ({ token: tokens[rank]!, weight: weights[i]! }))
  }
}
