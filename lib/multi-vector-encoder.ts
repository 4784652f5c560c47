import * as check from './checks'
import { type MultiVectorEncoderHandle, shareHandle } from './handle'
import type { Lifetime } from './lifetime'
import { attachModel, LoadedModel, loadModel } from './loaded-model'
import { ENCODER_OPTIONS, type EncoderOptions } from './model-options'
import { MultiVectorEmbeddings } from './multi-vector-embeddings'
import type { Binding } from './native'
import { type ProgressOptions, runProgressJob } from './progress'
import { texts as checkTexts, textList } from './text-list'

/** As for EmbeddingModel.load. */
export type MultiVectorEncoderOptions = EncoderOptions

export type MultiVectorEmbedOptions = ProgressOptions

/**
 * Texts to one vector a token, for late interaction (ColBERT): documents are embedded beforehand, as by an
 * EmbeddingModel, and compared with a query token by token, nearly as well as by a Reranker. For the candidates of
 * a first search.
 *
 * The properties of a model stay readable after dispose().
 *
 * @example
 * const encoder = await MultiVectorEncoder.load('models/answerai-colbert-small-v1')
 * const documents = await encoder.embedDocuments(passages)
 * const scores = await maxSim(await encoder.embedQueries('how do cats purr'), documents)
 */
export class MultiVectorEncoder extends LoadedModel {
  readonly #lifetime: Lifetime<Binding.MultiVectorEncoder>
  /** Values of one vector. */
  readonly dimension: number
  /** Most tokens of a query, special tokens and prompt included; many models fill shorter ones up to it. */
  readonly queryTokens: number
  /** Most tokens of a document, special tokens and prompt included. */
  readonly documentTokens: number

  private constructor(lifetime: Lifetime<Binding.MultiVectorEncoder>) {
    super(lifetime, 'MultiVectorEncoder')
    this.#lifetime = lifetime
    const model = lifetime.use('load')
    this.dimension = model.dimension
    this.queryTokens = model.queryTokens
    this.documentTokens = model.documentTokens
  }

  /**
   * Loads a model on another thread.
   *
   * @param source As for EmbeddingModel.load: the folder of a sentence-transformers MultiVectorEncoder, of PyLate,
   *   or of Stanford's ColBERT. Models whose queries are filled up with tokens that others do not attend to work on
   *   the CPU in fp32 alone.
   * @throws DensenodeError as EmbeddingModel.load.
   */
  static async load(source: string, options?: MultiVectorEncoderOptions): Promise<MultiVectorEncoder> {
    return new MultiVectorEncoder(await loadModel('MultiVectorEncoder', source, options, ENCODER_OPTIONS))
  }

  /**
   * A second object for a model that another thread of this process loaded and shared. The weights exist once;
   * each object is disposed on its own.
   *
   * @throws DensenodeError DISPOSED when no object of this model is open any more.
   */
  static attach(handle: MultiVectorEncoderHandle): MultiVectorEncoder {
    return new MultiVectorEncoder(attachModel('MultiVectorEncoder', handle))
  }

  /**
   * A plain object for postMessage or workerData, good in every thread of this process while any object of the
   * model is open.
   */
  share(): MultiVectorEncoderHandle {
    return shareHandle('MultiVectorEncoder', this.#lifetime)
  }

  /** Token vectors of queries, in their order, with the prompt and the filling that the model wants. */
  async embedQueries(
    texts: string | readonly string[],
    options?: MultiVectorEmbedOptions,
  ): Promise<MultiVectorEmbeddings> {
    return this.#embed('embedQueries', texts, options)
  }

  /** Token vectors of documents, in their order; tokens that the model leaves out, as punctuation, have none. */
  async embedDocuments(
    texts: string | readonly string[],
    options?: MultiVectorEmbedOptions,
  ): Promise<MultiVectorEmbeddings> {
    return this.#embed('embedDocuments', texts, options)
  }

  #embed(
    method: 'embedQueries' | 'embedDocuments',
    texts: string | readonly string[],
    options?: MultiVectorEmbedOptions,
  ): Promise<MultiVectorEmbeddings> {
    const model = this.#lifetime.use(method)
    const list = checkTexts(texts)
    const given = check.options(options, ['signal', 'onProgress'], `MultiVectorEncoder.${method}`)
    return runProgressJob(
      [this.#lifetime],
      given,
      list.length,
      async ({ abort, cancellation, onProgress }) => {
        const nativeTexts = await textList(list, abort)
        const queries = method === 'embedQueries'
        const { data, offsets } = await model.embed(nativeTexts, queries, onProgress, cancellation)
        return new MultiVectorEmbeddings(data, this.dimension, offsets)
      },
    )
  }
}
