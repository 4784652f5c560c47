/**
 * Types of the native addon (densenode.node). Only lib/native.ts loads it; lib/ validates every argument before a
 * call, so a wrong type here is a bug of ours and not of a caller.
 *
 * `[sync]` runs on the JavaScript thread in microseconds. `[async]` starts work on the addon's own threads and returns a
 * promise that settles exactly once; typed arrays given to it are read or written in place and pinned until then.
 * Rejections are NativeError: an Error whose `code` is one of the strings of native/common/error.h.
 */

export interface NativeError extends Error {
  code: string
}

/** Raises a flag that one asynchronous call polls. Calling abort() after the end does nothing. */
export declare class Cancellation {
  constructor()
  /** [sync] */
  abort(): void
}

/** Texts copied out of JavaScript once, as UTF-8 (lone surrogates become U+FFFD). */
export declare class TextList {
  constructor()
  /** [sync] Appends texts[begin] .. texts[end - 1], which must be strings. */
  append(texts: readonly string[], begin: number, end: number): void
  readonly size: number
}

export interface RaggedTokens {
  ids: Int32Array
  typeIds: Int32Array
  /** texts + 1 positions: text i has ids[offsets[i]] .. ids[offsets[i + 1] - 1]. */
  offsets: Int32Array
}

export declare class Tokenizer {
  private constructor()
  /** [async] A tokenizer.json or a folder that holds one. */
  static load(path: string): Promise<Tokenizer>
  /** [sync] maxTokens 0: no limit; -1: what tokenizer.json says. truncation: of a pair. */
  encode(
    text: string,
    addSpecialTokens: boolean,
    maxTokens: number,
    pair?: string,
    truncation?: string,
  ): { ids: Int32Array; typeIds: Int32Array }
  /** [async] */
  encodeBatch(
    texts: TextList,
    addSpecialTokens: boolean,
    maxTokens: number,
    cancellation: Cancellation | null,
  ): Promise<RaggedTokens>
  /** [sync] */
  decode(ids: Int32Array, skipSpecialTokens: boolean): string
  readonly vocabSize: number
  dispose(): Promise<void>
}

export interface EmbeddingModelOptions {
  /** One replica each, also where one is named twice. Throws RangeError for the CPU and CUDA devices in one list. */
  devices: string[]
  dtype: string
  /** Modes joined end to end. */
  pooling?: string[]
  includePrompt?: boolean
  normalize?: boolean
  maxTokens?: number
  threads?: number
  maxBatchTokens?: number
}

export interface EmbedOptions {
  /** Put before every text. */
  prompt: string
  /** One of the model's tasks, or '' for none; without meaning for models that have none. */
  task: string
  /** Leading dimensions kept; 0: all. */
  dimension: number
  normalize?: boolean
  /** Of the dimension of the embeddings; put behind normalization. */
  adapter?: LinearAdapter
  /** Called on the JavaScript thread with the number of finished texts; calls may be merged. */
  onProgress?: (done: number) => void
}

/** What objects have in common that several threads may hold. No value of the addon, as the two classes below. */
declare abstract class SharedObject {
  /** [sync] The id that attach() takes, valid in every thread while any object holds the native one. */
  share(): bigint
  /** [async] Lets go of the native object on a pool thread; jobs in flight keep it until they end. */
  dispose(): Promise<void>
}

declare abstract class Model extends SharedObject {
  /** "cpu" or "cuda:N": where the replicas are. */
  readonly devices: string[]
  readonly dtype: string
  readonly architecture: string
  /** Of its folder. */
  readonly name: string
  readonly weightBytes: number
}

declare abstract class Index extends SharedObject {
  /** [async] How many of the ids were there. */
  remove(ids: BigInt64Array): Promise<number>
  /** [async] Written beside, synced, renamed. */
  save(path: string): Promise<void>
  readonly count: number
  /** What the next one added without an id of its own gets. */
  readonly nextId: bigint
  readonly memoryBytes: number
}

export declare class EmbeddingModel extends Model {
  private constructor()
  /** [async] */
  static load(path: string, options: EmbeddingModelOptions): Promise<EmbeddingModel>
  /** [sync] A second object for a model of this process. Throws DISPOSED when its last owner is gone. */
  static attach(id: bigint): EmbeddingModel
  /** [async] Fills out (texts.size * dimension) and tokenCounts (texts.size). */
  embed(
    texts: TextList,
    options: EmbedOptions,
    out: Float32Array,
    tokenCounts: Int32Array,
    cancellation: Cancellation | null,
  ): Promise<void>
  /** [sync] The same on this thread, without progress. */
  embedSync(texts: TextList, options: EmbedOptions, out: Float32Array, tokenCounts: Int32Array): void
  readonly dimension: number
  readonly maxTokens: number
  /** Modes joined end to end. */
  readonly pooling: string[]
  readonly normalize: boolean
  readonly prompts: Record<string, string>
  readonly defaultPrompt: string | null
  /** Routes by task; empty for most models. */
  readonly tasks: string[]
  /** Whether embed() must be told a task. */
  readonly needsTask: boolean
  /** "cosine", "dot", "euclidean" or "manhattan". */
  readonly similarity: string
}

export interface AdapterTraining {
  documents: Float32Array
  queries: Float32Array
  /** Rows of documents, one a query. */
  positives: BigInt64Array
  /** Rows of documents or -1, the same number a query; may be empty. */
  negatives: BigInt64Array
  /** Both empty for none. */
  validationQueries: Float32Array
  validationPositives: BigInt64Array
  dimension: number
  temperature: number
  epochs: number
  batchSize: number
  learningRate: number
  weightDecay: number
  bias: boolean
  patience: number
  seed: number
  model: string
  /** Called on the JavaScript thread with the number of finished steps; calls may be merged. */
  onProgress?: (done: number) => void
}

export interface TrainedAdapter {
  adapter: LinearAdapter
  losses: Float64Array
  validation: Float64Array
  bestEpoch: number
}

export declare class LinearAdapter extends SharedObject {
  private constructor()
  /** [async] The typed arrays are pinned and read in place. */
  static train(training: AdapterTraining, cancellation: Cancellation | null): Promise<TrainedAdapter>
  /** [async] */
  static load(path: string): Promise<LinearAdapter>
  static attach(id: bigint): LinearAdapter
  /** [async] Fills out, as long as embeddings: n * dimension. Both may be the same array. */
  apply(embeddings: Float32Array, out: Float32Array, cancellation: Cancellation | null): Promise<void>
  /** [async] Written beside, synced, renamed. */
  save(path: string): Promise<void>
  readonly dimension: number
  readonly model: string
  /** Copies: dimension * dimension values, row major, and dimension values or null. */
  readonly weight: Float32Array
  readonly bias: Float32Array | null
}

export interface VectorIndexOptions {
  dimension: number
  metric: string
  factory: string
  model?: string
  /** Of building, and of every search that does not give its own. */
  parameters: Record<string, number>
  /** Whether searches of Flat may keep codes beside the vectors. */
  byteCodes?: boolean
}

/** All conditions that are given must hold. Arrays are read in place. */
export interface SearchFilter {
  /** Ids from this one on. */
  from?: bigint
  /** Ids below this one. */
  to?: bigint
  ids?: BigInt64Array
  exclude?: BigInt64Array
  /** Bit id % 8 of byte id / 8. */
  bitmap?: Uint8Array
}

export interface RaggedHits {
  ids: BigInt64Array
  scores: Float32Array
  /** queries + 1 positions: query i has ids[offsets[i]] .. ids[offsets[i + 1] - 1]. */
  offsets: Int32Array
}

export declare class VectorIndex extends Index {
  private constructor()
  /** [sync] */
  static create(options: VectorIndexOptions): VectorIndex
  /** [async] device, storage and mode as for to(). */
  static open(
    path: string,
    mmap: boolean,
    device: string,
    storage: string | undefined,
    mode: string,
    byteCodes: boolean,
  ): Promise<VectorIndex>
  /** [async] A file of FAISS itself. metric: undefined for the file's. */
  static importFaiss(path: string, metric: string | undefined, byteCodes: boolean): Promise<VectorIndex>
  static attach(id: bigint): VectorIndex
  /**
   * [sync] What searches keep beside so many vectors on this CPU, in an index that holds them in fp32; 0: none. lists: of
   * IVF; 'centroids': all that they keep where IVF holds other codes.
   */
  static byteCodeBytes(vectors: {
    family: 'Flat' | 'IVF' | 'centroids' | 'HNSW'
    lists?: number
    count: number
    dimension: number
    metric: string
  }): number
  /** [async] vectors: n * dimension. */
  train(vectors: Float32Array, cancellation: Cancellation | null): Promise<void>
  /** [async] ids: one a vector, or null for the next free ones. */
  add(vectors: Float32Array, ids: BigInt64Array | null, cancellation: Cancellation | null): Promise<void>
  /** [async] New vectors for ids; one that is not there rejects, or is added with addMissing. How many were added. */
  update(
    vectors: Float32Array,
    ids: BigInt64Array,
    addMissing: boolean,
    cancellation: Cancellation | null,
  ): Promise<number>
  /** [async] Adds all vectors of another index. */
  merge(other: VectorIndex): Promise<void>
  /** [async] Makes this an index of another factory string and parameters. */
  upgrade(
    factory: string,
    parameters: Record<string, number>,
    allowLossy: boolean,
    cancellation: Cancellation | null,
  ): Promise<void>
  /** [async] Lets go of what removed vectors hold. */
  compact(cancellation: Cancellation | null): Promise<void>
  /**
   * [async, or sync where that takes a few microseconds: undefined] Fills ids and scores (n * k each). Parameters
   * are checked first.
   */
  search(
    queries: Float32Array,
    k: number,
    parameters: Record<string, number> | null,
    ids: BigInt64Array,
    scores: Float32Array,
    filter: SearchFilter | null,
    cancellation: Cancellation | null,
  ): Promise<void> | undefined
  /** [sync, but as long as the search takes] The same. */
  searchSync(
    queries: Float32Array,
    k: number,
    parameters: Record<string, number> | null,
    ids: BigInt64Array,
    scores: Float32Array,
    filter: SearchFilter | null,
  ): void
  /** [async] The same, but compares with every vector, as exactly as the index keeps them. */
  searchExact(
    queries: Float32Array,
    k: number,
    ids: BigInt64Array,
    scores: Float32Array,
    cancellation: Cancellation | null,
  ): Promise<void>
  /** [async] All within the radius, row after row, each best first; rejects with RangeError beyond `most`. */
  rangeSearch(
    queries: Float32Array,
    radius: number,
    parameters: Record<string, number>,
    most: number,
    cancellation: Cancellation | null,
    filter: SearchFilter | null,
  ): Promise<RaggedHits>
  /** [sync] Throws RangeError for a parameter the index does not have. */
  checkSearchParameters(parameters: Record<string, number>): void
  /** [async] What searches without parameters use from now on. */
  setSearchParameters(parameters: Record<string, number>): Promise<void>
  /** [async] Fills out (ids * dimension). Not synchronous: it may have to wait for a writer. */
  reconstruct(ids: BigInt64Array, out: Float32Array): Promise<void>
  /** [async] */
  has(id: bigint): Promise<boolean>
  /** [async] All, ascending. */
  ids(): Promise<BigInt64Array>
  /** [async] The same as a file of FAISS itself. */
  exportFaiss(path: string): Promise<void>
  /**
   * [async] Brings the vectors to a device, "cpu", "cuda" or "cuda:N", or to several, with commas between, as mode
   * says: "shard" or "replicate". storage: "fp32", "fp16", or undefined: as it is on a device, "fp32" from the CPU.
   */
  to(device: string, storage: string | undefined, mode: string): Promise<void>
  readonly dimension: number
  readonly metric: string
  readonly factory: string
  /** That made the embeddings; empty: not known. */
  readonly model: string
  readonly byteCodes: boolean
  readonly isTrained: boolean
  /** "cpu", "cuda:N" or several of these with commas between: where the vectors are now. */
  readonly device: string
  /** Largest k of search(), by device. */
  readonly maxK: number
  /** What a search without parameters uses. */
  readonly searchParameters: Record<string, number>
  readonly parameterRanges: Record<string, { min: number; max: number }>
  /** Whether searchExact compares with the vectors that were added (but for 16-bit rounding), or with codes. */
  readonly keepsVectors: boolean
}

export declare class BinaryIndex extends Index {
  private constructor()
  /** [sync] */
  static create(dimension: number): BinaryIndex
  /** [async] */
  static open(path: string): Promise<BinaryIndex>
  static attach(id: bigint): BinaryIndex
  /** [async] Embeddings (n * dimension), or codes: Uint8Array for ubinary, Int8Array for binary. */
  add(rows: Float32Array | Uint8Array | Int8Array, ids: BigInt64Array | null): Promise<void>
  /** [async] Fills ids and scores (n * k each). candidates: how many are rescored with float queries; 0: none. */
  search(
    queries: Float32Array | Uint8Array | Int8Array,
    k: number,
    candidates: number,
    ids: BigInt64Array,
    scores: Float32Array,
    cancellation: Cancellation | null,
    filter: SearchFilter | null,
  ): Promise<void>
  readonly dimension: number
}

export declare class MultiVectorEncoder extends Model {
  private constructor()
  /** [async] */
  static load(path: string, options: EmbeddingModelOptions): Promise<MultiVectorEncoder>
  static attach(id: bigint): MultiVectorEncoder
  /** [async] Text i: vectors offsets[i] .. offsets[i + 1] - 1 of data. */
  embed(
    texts: TextList,
    queries: boolean,
    onProgress: ((done: number) => void) | undefined,
    cancellation: Cancellation | null,
  ): Promise<{ offsets: Int32Array; data: Float32Array }>
  readonly dimension: number
  /** Most tokens of a query, and of a document. */
  readonly queryTokens: number
  readonly documentTokens: number
}

export declare class Reranker extends Model {
  private constructor()
  /** [async] */
  static load(path: string, options: EmbeddingModelOptions): Promise<Reranker>
  static attach(id: bigint): Reranker
  /** [async] Pairs: firsts of as many texts as seconds, or of one for all. Fills out (seconds.size * labels). */
  predict(
    firsts: TextList,
    seconds: TextList,
    activation: string | undefined,
    out: Float32Array,
    onProgress: ((done: number) => void) | undefined,
    cancellation: Cancellation | null,
  ): Promise<void>
  readonly labels: number
  readonly maxTokens: number
  readonly activation: string
}

export declare class SparseEncoder extends Model {
  private constructor()
  /** [async] */
  static load(path: string, options: EmbeddingModelOptions): Promise<SparseEncoder>
  static attach(id: bigint): SparseEncoder
  /** [async] maxActive: weights kept of each text; 0: all. */
  embed(
    texts: TextList,
    prompt: string,
    maxActive: number,
    onProgress: ((done: number) => void) | undefined,
    cancellation: Cancellation | null,
  ): Promise<{ offsets: Int32Array; tokenIds: Int32Array; weights: Float32Array }>
  /** [sync] */
  tokens(ids: Int32Array): string[]
  readonly dimension: number
  readonly maxTokens: number
  readonly prompts: Record<string, string>
  readonly defaultPrompt: string | null
}

export declare class SparseIndex extends Index {
  private constructor()
  /** [sync] */
  static create(): SparseIndex
  /** [async] */
  static open(path: string): Promise<SparseIndex>
  static attach(id: bigint): SparseIndex
  /** [async] Row i: tokenIds[offsets[i]] .. tokenIds[offsets[i + 1] - 1], ascending, and their weights. offsets is copied. */
  add(
    offsets: Int32Array,
    tokenIds: Int32Array,
    weights: Float32Array,
    ids: BigInt64Array | null,
  ): Promise<void>
  /** [async] Fills ids and scores (n * k each). */
  search(
    offsets: Int32Array,
    tokenIds: Int32Array,
    weights: Float32Array,
    k: number,
    ids: BigInt64Array,
    scores: Float32Array,
    cancellation: Cancellation | null,
    filter: SearchFilter | null,
  ): Promise<void>
}

/**
 * [async] Fills out (n * dimension bytes, or n * ceil(dimension / 8) for the binary precisions). ranges: 2 * dimension,
 * read, or written from the calibration where one is given; null for the binary precisions.
 */
export declare function quantize(
  embeddings: Float32Array,
  dimension: number,
  precision: string,
  calibration: Float32Array | null,
  ranges: Float32Array | null,
  out: Int8Array | Uint8Array,
  cancellation: Cancellation | null,
): Promise<void>

/** [async] Scores candidates, rows of `embeddings` or -1, and fills ids and scores with the best k of each query. */
export declare function rescore(
  queries: Float32Array,
  dimension: number,
  candidates: BigInt64Array,
  candidatesPerQuery: number,
  embeddings: Float32Array | Int8Array | Uint8Array,
  /** null: embeddings are floats. */
  precision: string | null,
  ranges: Float32Array | null,
  k: number,
  ids: BigInt64Array,
  scores: Float32Array,
  cancellation: Cancellation | null,
): Promise<void>

/** [async] Fills out (queries * documents). Text i: vectors offsets[i] .. offsets[i + 1] - 1; offsets are copied. */
export declare function maxSim(
  queries: Float32Array,
  queryOffsets: Int32Array,
  documents: Float32Array,
  documentOffsets: Int32Array,
  dimension: number,
  mean: boolean,
  out: Float32Array,
  cancellation: Cancellation | null,
): Promise<void>

export interface AnalyzerOptions {
  /** Name of a Snowball algorithm; empty: no stemming. */
  stemmer: string
  stopwords: string[]
  lowercase: boolean
  minTokenLength: number
  words: 'unicode' | 'whitespace'
}

export interface LexicalIndexOptions {
  scoring: 'bm25' | 'tfidf'
  /** Of bm25, as k1, b and delta. */
  variant: string
  k1: number
  b: number
  delta: number
  /** Of tfidf. */
  sublinearTf: boolean
  analyzer: AnalyzerOptions
}

export declare class LexicalIndex extends Index {
  private constructor()
  /** [sync] */
  static create(options: LexicalIndexOptions): LexicalIndex
  /** [async] FILE_CORRUPT where the file holds an index of another scoring. */
  static open(path: string, scoring: string): Promise<LexicalIndex>
  static attach(id: bigint): LexicalIndex
  /** [async] ids: one a text, or null for the next free ones. onProgress as in EmbedOptions. */
  add(
    texts: TextList,
    ids: BigInt64Array | null,
    onProgress: ((done: number) => void) | undefined,
    cancellation: Cancellation | null,
  ): Promise<void>
  /** [async] Fills ids and scores (texts.size * k each). */
  search(
    texts: TextList,
    k: number,
    ids: BigInt64Array,
    scores: Float32Array,
    cancellation: Cancellation | null,
    filter: SearchFilter | null,
  ): Promise<void>
  /** [sync] */
  analyze(text: string): string[]
  /** analyzer is not given back. */
  readonly options: Omit<LexicalIndexOptions, 'analyzer'>
}

/** [async] Texts to neighbours in one job: fills ids, scores (texts.size * k) and tokenCounts (texts.size). */
export declare function retrieve(
  model: EmbeddingModel,
  index: VectorIndex,
  texts: TextList,
  prompt: string,
  k: number,
  parameters: Record<string, number>,
  ids: BigInt64Array,
  scores: Float32Array,
  tokenCounts: Int32Array,
  cancellation: Cancellation | null,
  adapter: LinearAdapter | null,
  filter: SearchFilter | null,
  task: string,
): Promise<void>

export interface NativeCuda {
  /** Version that the binary was compiled with, "13.0". */
  toolkit: string
  /** Newest version that the driver supports; empty without a driver. */
  driver: string
  /** Usable ones. */
  devices: { device: string; name: string; computeCapability: string; memoryBytes: number }[]
  /** Why there are no devices, with the remedy; empty where there are. */
  problem: string
}

/** [async] Embeds texts and adds them, all or none. ids: one a text, or null for the next free ones. */
export declare function addTexts(
  model: EmbeddingModel,
  index: VectorIndex,
  texts: TextList,
  prompt: string,
  ids: BigInt64Array | null,
  cancellation: Cancellation | null,
  task: string,
): Promise<void>

/**
 * [async] Fills rows and values (alike long, at most the number of candidates) with those that maximal marginal relevance
 * chooses. query: dimension values, or empty where relevance gives a value a candidate.
 */
export declare function chooseDiverse(
  vectors: Float32Array,
  dimension: number,
  query: Float32Array,
  relevance: Float64Array,
  lambda: number,
  rows: Int32Array,
  values: Float64Array,
  cancellation: Cancellation | null,
): Promise<void>

export interface NativeInfo {
  /** "avx2" or "avx512": what this binary was compiled for. */
  instructionSet: string
  faiss: string
  /** Version of the ONNX Runtime library, or what went wrong when it was looked for. */
  onnxruntime: string
  onnxruntimePath: string
  openblas: string
  /** Size of the thread pool. */
  threads: number
  /** Whether ONNX Runtime's CUDA provider lies beside its library. */
  cudaProvider: boolean
  /** null: compiled without CUDA. */
  cuda: NativeCuda | null
}

/** [sync] */
export declare function info(): NativeInfo

/**
 * [sync] For the end of the process (main thread only): cancels all jobs, waits up to a second for running ones and starts
 * nothing any more. Without it, process.exit() could run static destructors of the engines under running threads.
 */
export declare function stop(): void
