import { allocate } from './allocate'
import * as check from './checks'
import { CACHE_BYTES, CALLS_AT_ONCE, MAX_INT32, STREAM_BATCH_SIZE, STREAM_BATCHES_AHEAD } from './defaults'
import { checkTextSource, inBatches } from './embed-stream'
import { type CacheStatistics, cacheKey, EmbeddingCache } from './embedding-cache'
import { Embeddings } from './embeddings'
import { wrongRange } from './errors'
import { Gate } from './gate'
import { type ModelHandle, shareHandle } from './handle'
import { runSync } from './job'
import { type Lifetime, lifetimeOf } from './lifetime'
import { checkAdapter, type LinearAdapter } from './linear-adapter'
import { attachModel, LoadedModel, loadModel } from './loaded-model'
import { checkCacheBytes, type EmbeddingModelOptions, ENCODER_OPTIONS } from './model-options'
import type { Binding } from './native'
import { type Pooling, poolingOf } from './pooling'
import { type ProgressJob, type ProgressOptions, runProgressJob } from './progress'
import { asPromptOptions, chooseTaskAndPrompt, type PromptOptions } from './prompts'
import { texts as checkTexts, textList, textListSync } from './text-list'

/** `'cosine'` and `'dot'`: larger is more alike; the others are distances. */
export type ModelSimilarity = 'cosine' | 'dot' | 'euclidean' | 'manhattan'

export interface EmbedOptions extends PromptOptions, ProgressOptions {
  /**
   * Leading dimensions to keep, from 1 to the model's dimension, for models trained that way (Matryoshka).
   * Cut before normalization. Default: all.
   */
  dimension?: number
  /** Overrides the model's normalization for this call. */
  normalize?: boolean
  /**
   * Maps the embeddings, for queries only: those of documents stay as the index has them. Must have the
   * dimension of the embeddings: with `dimension`, an adapter that was trained on embeddings cut like that.
   * They then have length 1, so `normalize` must not be false.
   */
  adapter?: LinearAdapter
  /**
   * Where to write: exactly texts x dimension values, pinned and written in place until the promise settles
   * (do not read, change or transfer it before). `data` of the result is this array. On an error its content
   * is undefined.
   */
  out?: Float32Array
  /**
   * Stops the work; the promise then rejects with the signal's reason, once native threads have let go of
   * `out`.
   */
  signal?: AbortSignal
}

export type EmbedSyncOptions = Omit<EmbedOptions, 'signal' | 'onProgress'>

export interface EmbedStreamOptions extends PromptOptions {
  /** As in EmbedOptions. */
  dimension?: number
  /** As in EmbedOptions. */
  normalize?: boolean
  /** As in EmbedOptions. */
  adapter?: LinearAdapter
  /** Texts of one yielded Embeddings; the last may have fewer. Default: 256. */
  batchSize?: number
  /** Batches read and embedded ahead of the consumer. Default: 4. */
  batchesAhead?: number
  /** Stops the stream; the iterator then throws the signal's reason. */
  signal?: AbortSignal
}

/** A checked call of embed or embedSync. */
interface EmbedCall {
  list: readonly string[]
  settings: Binding.EmbedOptions
  owners: Lifetime[]
  /** Where the results go; taken when the work begins. */
  results(): { data: Float32Array; tokenCounts: Int32Array }
  /** Of a lone text, where there is a cache. */
  cacheKey?: string | undefined
}

const LOAD_OPTIONS = [...ENCODER_OPTIONS, 'pooling', 'includePrompt', 'normalize', 'cacheBytes'] as const
const PROMPT_OPTIONS = ['prompt', 'promptText', 'task'] as const
const EMBEDDING_OPTIONS = [...PROMPT_OPTIONS, 'dimension', 'normalize', 'adapter'] as const
const EMBED_SYNC_OPTIONS = [...EMBEDDING_OPTIONS, 'out'] as const
const EMBED_OPTIONS = [...EMBED_SYNC_OPTIONS, 'signal', 'onProgress'] as const
const STREAM_OPTIONS = [...EMBEDDING_OPTIONS, 'batchSize', 'batchesAhead', 'signal'] as const

/**
 * Texts to embeddings: tokenization, transformer, pooling and normalization in native code, on densenode's
 * own threads.
 *
 * The properties of a model stay readable after dispose().
 *
 * @example
 * const model = await EmbeddingModel.load('models/all-MiniLM-L6-v2')
 * const { data, dimension } = await model.embed(['a red apple', 'a green pear'])
 */
export class EmbeddingModel extends LoadedModel {
  readonly #lifetime: Lifetime<Binding.EmbeddingModel>
  readonly #cache: EmbeddingCache
  readonly #gate = new Gate(CALLS_AT_ONCE)
  /** Values of one embedding. */
  readonly dimension: number
  /**
   * Longest text in tokens, special tokens included; longer texts are cut. Infinity for a StaticEmbedding
   * without a limit.
   */
  readonly maxTokens: number
  /** How token vectors become one vector; an array for several modes, joined end to end. */
  readonly pooling: Pooling | readonly Pooling[]
  /** Whether embeddings are scaled to length 1. */
  readonly normalize: boolean
  /** Texts that this model wants before its inputs, by name; often empty. */
  readonly prompts: Readonly<Record<string, string>>
  /** Name of the prompt used where a call gives none. */
  readonly defaultPrompt: string | null
  /** Tasks that have modules of their own (Router, Asym); empty for most models. */
  readonly tasks: readonly string[]
  /** Whether calls must name a task, as there are no modules for texts without one. */
  readonly needsTask: boolean
  /** How embeddings of this model are compared, as its folder says. */
  readonly similarity: ModelSimilarity

  private constructor(lifetime: Lifetime<Binding.EmbeddingModel>, cacheBytes = CACHE_BYTES) {
    super(lifetime, 'EmbeddingModel')
    this.#lifetime = lifetime
    this.#cache = new EmbeddingCache(cacheBytes)
    const model = lifetime.use('load')
    this.dimension = model.dimension
    this.maxTokens = model.maxTokens === 0 ? Number.POSITIVE_INFINITY : model.maxTokens
    this.pooling = poolingOf(model.pooling)
    this.normalize = model.normalize
    this.prompts = Object.freeze(model.prompts)
    this.defaultPrompt = model.defaultPrompt
    this.tasks = Object.freeze(model.tasks)
    this.needsTask = model.needsTask
    this.similarity = model.similarity as ModelSimilarity
  }

  /**
   * Loads a model on another thread. On the CPU in fp32, weights of a model.safetensors are mapped from the
   * file, not copied; in bf16 and int8 they are rounded copies, and on a GPU they are in its memory alone. Replicas
   * are loaded one after another.
   *
   * @param source A folder as sentence-transformers writes it (or a plain transformers folder), an .onnx file
   *   with its tokenizer.json beside it, or the id of a model below one of the folders of the environment
   *   variable DENSENODE_MODELS, ~/.cache/densenode/models or ~/.cache/densenode/third-party/models. Nothing
   *   is downloaded: pullModel does that.
   * @throws DensenodeError FILE_NOT_FOUND, FILE_UNREADABLE, FILE_CORRUPT, MODEL_INVALID, MODEL_UNSUPPORTED,
   *   TOKENIZER_INVALID, TOKENIZER_UNSUPPORTED, DEVICE_UNAVAILABLE, OUT_OF_MEMORY, ENGINE_FAILED or
   *   BINARY_NOT_LOADED.
   */
  static async load(source: string, options?: EmbeddingModelOptions): Promise<EmbeddingModel> {
    const loading = loadModel('EmbeddingModel', source, options, LOAD_OPTIONS)
    const cacheBytes = options?.cacheBytes // as it was checked; the object may change while the model loads
    return new EmbeddingModel(await loading, cacheBytes)
  }

  /**
   * A second object for a model that another thread of this process loaded and shared. The weights exist
   * once; each object is disposed on its own, and has a cache of its own.
   *
   * @throws DensenodeError DISPOSED when no object of this model is open any more.
   */
  static attach(handle: ModelHandle, options?: Pick<EmbeddingModelOptions, 'cacheBytes'>): EmbeddingModel {
    const given = check.options(options, ['cacheBytes'], 'EmbeddingModel.attach')
    const cacheBytes = checkCacheBytes(given.cacheBytes)
    return new EmbeddingModel(attachModel('EmbeddingModel', handle), cacheBytes)
  }

  /** Embeddings kept of lone texts (option `cacheBytes`), and how often they were asked for. */
  get cache(): CacheStatistics {
    return this.#cache.statistics
  }

  /**
   * Calls of this object that have not settled. Beyond 1,024 they wait without native memory; a server that
   * would rather refuse than wait looks here first.
   */
  get pendingCalls(): number {
    return this.#lifetime.pending
  }

  /**
   * A plain object for postMessage or workerData, good in every thread of this process while any object of
   * the model is open.
   */
  share(): ModelHandle {
    return shareHandle('EmbeddingModel', this.#lifetime)
  }

  /**
   * Embeddings of texts, in their order. Texts are sorted by length inside and run in batches without
   * needless padding, so give many at once; results do not depend on what else is in the call. Calls with a
   * text or two that come while others are at work are embedded together, before the texts of long calls that
   * wait, and callers in different threads take turns.
   *
   * Copied: the strings, once, in slices that leave the event loop free. Not copied: the result, which native
   * threads write straight into `data` (or `out`). No text at all gives a result of count 0.
   *
   * @throws TypeError or RangeError for wrong arguments, before work starts; RangeError for a result that is
   *   too large for one array; DensenodeError OUT_OF_MEMORY or ENGINE_FAILED; the signal's reason.
   */
  async embed(texts: string | readonly string[], options?: EmbedOptions): Promise<Embeddings> {
    const model = this.#lifetime.use('embed')
    const given = check.options(options, EMBED_OPTIONS, 'EmbeddingModel.embed')
    const call = this.#call(texts, given)
    const key = given.onProgress ? undefined : call.cacheKey
    check.signal(given.signal)?.throwIfAborted()
    const known = this.#recall(key, call)
    if (known) return known
    const job = async ({ abort, cancellation, onProgress }: ProgressJob) => {
      const { data, tokenCounts } = call.results()
      const nativeTexts = await textList(call.list, abort)
      const settings = onProgress ? { ...call.settings, onProgress } : call.settings
      await model.embed(nativeTexts, settings, data, tokenCounts, cancellation)
      return this.#keep(key, new Embeddings(data, call.settings.dimension, tokenCounts))
    }
    return runProgressJob(call.owners, given, call.list.length, job, this.#gate)
  }

  /**
   * The same at once and on the calling thread alone: the event loop waits for as long as it takes. For a
   * text or two, where nothing else goes on: in a script, in a worker thread of its own, or with a
   * StaticEmbedding, whose embedding takes less than the way to densenode's threads and back.
   */
  embedSync(texts: string | readonly string[], options?: EmbedSyncOptions): Embeddings {
    const model = this.#lifetime.use('embedSync')
    const call = this.#call(texts, check.options(options, EMBED_SYNC_OPTIONS, 'EmbeddingModel.embedSync'))
    const known = this.#recall(call.cacheKey, call)
    if (known) return known
    const { data, tokenCounts } = call.results()
    const nativeTexts = textListSync(call.list)
    runSync(() => model.embedSync(nativeTexts, call.settings, data, tokenCounts))
    return this.#keep(call.cacheKey, new Embeddings(data, call.settings.dimension, tokenCounts))
  }

  /** What embed and embedSync do before the work starts. */
  #call(texts: string | readonly string[], given: EmbedSyncOptions): EmbedCall {
    const list = checkTexts(texts)
    const { dimension, normalize, adapter, prompt, task } = this.#checkEmbedding(given)
    const adapterLifetime = adapter && lifetimeOf<Binding.LinearAdapter>(adapter)
    const nativeAdapter = adapterLifetime?.use('apply')
    const out = given.out === undefined ? undefined : checkOut(given.out, list.length, dimension)
    const settings = {
      prompt,
      task,
      dimension,
      ...(normalize !== undefined && { normalize }),
      ...(nativeAdapter && { adapter: nativeAdapter }),
    }
    return {
      list,
      settings,
      owners: adapterLifetime ? [this.#lifetime, adapterLifetime] : [this.#lifetime],
      results: () => ({
        data: out ?? allocateData(list.length, dimension),
        tokenCounts: new Int32Array(list.length),
      }),
      ...(this.#cache.enabled && list.length === 1 && { cacheKey: cacheKey(list[0], settings, adapter) }),
    }
  }

  #recall(key: string | undefined, call: EmbedCall): Embeddings | undefined {
    const kept = key === undefined ? undefined : this.#cache.read(key)
    if (!kept) return undefined
    const { data, tokenCounts } = call.results()
    data.set(kept.data)
    tokenCounts[0] = kept.tokens
    return new Embeddings(data, call.settings.dimension, tokenCounts)
  }

  #keep(key: string | undefined, embeddings: Embeddings): Embeddings {
    if (key !== undefined) this.#cache.keep(key, embeddings)
    return embeddings
  }

  /**
   * Embeddings of any number of texts in bounded memory: reads `batchSize` texts at a time from an array,
   * generator, stream of strings or readline interface, embeds `batchesAhead` of them ahead of the consumer,
   * and yields one Embeddings a batch, in order. Reading pauses while the consumer is busy.
   *
   * Leaving the loop early ends the source and the work in flight. An error of the source comes out of the
   * iterator, after all texts that were read before it.
   *
   * @throws TypeError or RangeError for wrong options, at the call.
   */
  embedStream(
    texts: Iterable<string> | AsyncIterable<string>,
    options?: EmbedStreamOptions,
  ): AsyncGenerator<Embeddings, void, undefined> {
    this.#lifetime.use('embedStream')
    checkTextSource(texts)
    const given = check.options(options, STREAM_OPTIONS, 'EmbeddingModel.embedStream')
    const { dimension, normalize, adapter, ...chosen } = this.#checkEmbedding(given)
    const { batchSize = STREAM_BATCH_SIZE, batchesAhead = STREAM_BATCHES_AHEAD } = given
    check.integer('batchSize', batchSize, 1, MAX_INT32)
    check.integer('batchesAhead', batchesAhead, 1, 1024)
    const embedOptions = {
      ...asPromptOptions(chosen),
      dimension,
      ...(normalize !== undefined && { normalize }),
      ...(adapter && { adapter }),
    }
    return inBatches(
      texts,
      { batchSize, batchesAhead, signal: check.signal(given.signal) },
      (batch, signal) => this.embed(batch, { ...embedOptions, signal }),
    )
  }

  #checkEmbedding(given: Pick<EmbedOptions, (typeof EMBEDDING_OPTIONS)[number]>) {
    const { dimension = this.dimension, normalize, adapter } = given
    check.integer('dimension', dimension, 1, this.dimension, 'The largest is the dimension of the model.')
    if (normalize !== undefined) check.boolean('normalize', normalize)
    if (adapter !== undefined) {
      checkAdapter('adapter', adapter, dimension)
      if (normalize === false)
        throw wrongRange('normalize', 'true with an adapter, which gives embeddings of length 1', normalize)
    }
    return { dimension, normalize, adapter, ...chooseTaskAndPrompt(this, given) }
  }
}

function allocateData(count: number, dimension: number): Float32Array {
  return allocate(
    count * dimension,
    (length) => new Float32Array(length),
    () =>
      wrongRange(
        'texts',
        `so many that texts x dimension (${dimension}) fits in one array`,
        count,
        'Call embedStream, which yields batches, or embed fewer texts at a time.',
      ),
  )
}

function checkOut(out: unknown, count: number, dimension: number): Float32Array {
  const array = check.float32Array('out', out)
  if (array.length !== count * dimension)
    throw wrongRange(
      'out',
      `a Float32Array of exactly ${count * dimension} values (${count} texts x dimension ${dimension})`,
      array,
      'Give a subarray of a larger one.',
    )
  return array
}
