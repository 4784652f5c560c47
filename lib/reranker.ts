import { allocate } from './allocate'
import * as check from './checks'
import { MAX_RESULT_LENGTH } from './defaults'
import { misuseMessage, wrongRange, wrongType } from './errors'
import { type RerankerHandle, shareHandle } from './handle'
import type { Lifetime } from './lifetime'
import { attachModel, LoadedModel, loadModel } from './loaded-model'
import { ENCODER_OPTIONS, type EncoderOptions } from './model-options'
import type { Binding } from './native'
import { type ProgressOptions, runProgressJob } from './progress'
import { textList } from './text-list'

/** As for EmbeddingModel.load. */
export type RerankerOptions = EncoderOptions

/** What is done to logits: nothing, 1 / (1 + exp(-x)), or exp(x) as a share of those of all labels. */
export type ScoreActivation = 'identity' | 'sigmoid' | 'softmax'

export interface PredictOptions extends ProgressOptions {
  /** What makes scores of the model's logits. Default: what its folder says, `Reranker.activation`. */
  activation?: ScoreActivation
  /** Called with pairs finished and pairs in all. What it throws stops the work and rejects the promise. */
  onProgress?: (done: number, total: number) => void
}

export interface RerankOptions extends PredictOptions {
  /** Results, at most so many. Default: all. */
  topK?: number
}

/** One text of a rerank call. */
export interface RerankResult {
  /** Of `texts`. */
  index: number
  /** Larger is better. */
  score: number
}

const ACTIVATIONS = ['identity', 'sigmoid', 'softmax'] as const
const PREDICT_OPTIONS = ['activation', 'signal', 'onProgress'] as const

/**
 * A cross-encoder: reads a query and a text together and says how well they belong together. Better than the
 * similarity of two embeddings, and far slower, as nothing can be computed beforehand: for the best hundred or so
 * that a search has found.
 *
 * The properties of a model stay readable after dispose().
 *
 * @example
 * const reranker = await Reranker.load('models/ms-marco-MiniLM-L6-v2')
 * const candidates = results.hits(0).map((hit) => passages[hit.id])
 * for (const { index, score } of await reranker.rerank(query, candidates, { topK: 5 }))
 *   console.log(score, candidates[index])
 */
export class Reranker extends LoadedModel {
  readonly #lifetime: Lifetime<Binding.Reranker>
  /** Scores of one pair: 1 for most models. */
  readonly labels: number
  /** Longest pair in tokens, special tokens included; longer ones are cut, from the longer text first. */
  readonly maxTokens: number
  /** What makes scores of logits: a ScoreActivation, or a class of torch.nn such as `'Tanh'`. */
  readonly activation: string

  private constructor(lifetime: Lifetime<Binding.Reranker>) {
    super(lifetime, 'Reranker')
    this.#lifetime = lifetime
    const model = lifetime.use('load')
    this.labels = model.labels
    this.maxTokens = model.maxTokens
    this.activation = model.activation
  }

  /**
   * Loads a model on another thread.
   *
   * @param source As for EmbeddingModel.load: the folder of a class ...ForSequenceClassification, of a
   *   sentence-transformers CrossEncoder, or an .onnx file with the output `logits`.
   * @throws DensenodeError as EmbeddingModel.load.
   */
  static async load(source: string, options?: RerankerOptions): Promise<Reranker> {
    return new Reranker(await loadModel('Reranker', source, options, ENCODER_OPTIONS))
  }

  /**
   * A second object for a model that another thread of this process loaded and shared. The weights exist once;
   * each object is disposed on its own.
   *
   * @throws DensenodeError DISPOSED when no object of this model is open any more.
   */
  static attach(handle: RerankerHandle): Reranker {
    return new Reranker(attachModel('Reranker', handle))
  }

  /**
   * A plain object for postMessage or workerData, good in every thread of this process while any object of the
   * model is open.
   */
  share(): RerankerHandle {
    return shareHandle('Reranker', this.#lifetime)
  }

  /**
   * Texts by how well they belong to the query, best first; equal scores stand in the order of `texts`. For
   * models of one label.
   *
   * @throws RangeError for a model of several labels; use predict() there.
   */
  async rerank(query: string, texts: readonly string[], options?: RerankOptions): Promise<RerankResult[]> {
    this.#lifetime.use('rerank')
    check.string('query', query)
    if (!Array.isArray(texts)) throw wrongType('texts', 'an array of strings', texts)
    const given = check.options(options, [...PREDICT_OPTIONS, 'topK'], 'Reranker.rerank')
    const { topK = texts.length, ...others } = given
    if (given.topK !== undefined) check.integer('topK', topK, 1, MAX_RESULT_LENGTH)
    if (this.labels !== 1)
      throw new RangeError(
        misuseMessage('model', 'one that gives one score', `${this.labels} scores a pair`, 'Use predict().'),
      )
    const scores = await this.#predict([query], texts, others)
    return Array.from(scores, (score, index) => ({ index, score }))
      .sort((a, b) => b.score - a.score || a.index - b.index)
      .slice(0, topK)
  }

  /**
   * Scores of pairs of texts, in their order: pairs x labels values, row major. Pairs are sorted by length inside
   * and run in batches without needless padding, so give many at once.
   */
  async predict(
    pairs: readonly (readonly [string, string])[],
    options?: PredictOptions,
  ): Promise<Float32Array> {
    this.#lifetime.use('predict')
    if (!Array.isArray(pairs)) throw wrongType('pairs', 'an array of pairs of strings', pairs)
    const given = check.options(options, PREDICT_OPTIONS, 'Reranker.predict')
    const [firsts, seconds]: [string[], string[]] = [[], []]
    for (const [i, pair] of (pairs as (readonly [string, string])[]).entries()) {
      if (!Array.isArray(pair) || pair.length !== 2) throw wrongType(`pairs[${i}]`, 'a pair of strings', pair)
      firsts.push(check.string(`pairs[${i}][0]`, pair[0]))
      seconds.push(check.string(`pairs[${i}][1]`, pair[1]))
    }
    return this.#predict(firsts, seconds, given)
  }

  async #predict(
    firsts: readonly string[],
    seconds: readonly string[],
    given: PredictOptions,
  ): Promise<Float32Array> {
    const model = this.#lifetime.use('predict')
    const { activation } = given
    if (activation !== undefined) check.oneOf('activation', activation, ACTIVATIONS)
    const out = allocate(
      seconds.length * this.labels,
      (length) => new Float32Array(length),
      () => wrongRange('pairs', 'so many that their scores fit in one array', seconds),
    )
    return runProgressJob([this.#lifetime], given, seconds.length, async (job) => {
      const { abort, cancellation, onProgress } = job
      const [first, second] = [await textList(firsts, abort), await textList(seconds, abort)]
      await model.predict(first, second, activation, out, onProgress, cancellation)
      return out
    })
  }
}
