// Compiled only, never run: the whole public API as an ES module of a strict TypeScript project sees it.
import { createInterface } from 'node:readline'
import { Worker } from 'node:worker_threads'

import {
  type AdapterHandle,
  type AdapterHistory,
  type Analyzer,
  BinaryIndex,
  type BinaryIndexHandle,
  Bm25Index,
  type CacheStatistics,
  compareIndexes,
  comparisonChart,
  comparisonTable,
  cosineSimilarity,
  type Dataset,
  DensenodeError,
  documentTexts,
  dotProduct,
  EmbeddingModel,
  type Embeddings,
  type EmbedSyncOptions,
  type ErrorCode,
  type Evaluation,
  euclideanDistance,
  evaluate,
  evaluationTable,
  type Hit,
  HybridRetriever,
  type IndexComparison,
  type IndexHandle,
  info,
  type LexicalHandle,
  LinearAdapter,
  type ModelHandle,
  type ModelSimilarity,
  type MultiVectorEmbeddings,
  MultiVectorEncoder,
  manhattanDistance,
  maximalMarginalRelevance,
  maxSim,
  mineHardNegatives,
  type Pooling,
  type PullProgress,
  pullModel,
  type QuantizedEmbeddings,
  quantizeEmbeddings,
  type RangeResults,
  type Recommendation,
  Reranker,
  type RerankerHandle,
  type RerankResult,
  type Retrieve,
  Retriever,
  readBeir,
  readJsonl,
  reciprocalRankFusion,
  rescore,
  type SearchFilter,
  type SearchParameters,
  type SearchResults,
  SparseEmbeddings,
  SparseEncoder,
  SparseIndex,
  scoreRun,
  sparseDotProduct,
  type Task,
  TfidfIndex,
  Tokenizer,
  type TunePoint,
  type TuneResult,
  VectorIndex,
  weightedFusion,
  writeTrecRun,
} from 'densenode'

/** Compiles only where the two types are the same. */
function same<A, B>(
  ..._proof: [A] extends [B] ? ([B] extends [A] ? [] : ['different']) : ['different']
): void {}

export async function tokenizing(): Promise<void> {
  await using tokenizer = await Tokenizer.load('folder')
  const one = tokenizer.encode('text', { addSpecialTokens: false, maxTokens: 12 })
  tokenizer.encode('text', { pair: 'another', truncation: 'only_second' })
  same<typeof one.ids, Int32Array>()
  const many = await tokenizer.encodeBatch(['a', 'b'], { signal: AbortSignal.timeout(10) })
  same<typeof many.offsets, Int32Array>()
  const text: string = tokenizer.decode(one.ids) + tokenizer.decode([101, 102], { skipSpecialTokens: false })
  const size: number = tokenizer.vocabSize
  console.log(text, size)

  // @ts-expect-error there is no public constructor
  new Tokenizer()
  // @ts-expect-error one text only
  tokenizer.encode(['a'])
  // @ts-expect-error unknown option
  tokenizer.encode('a', { truncate: true })
  // @ts-expect-error read-only
  tokenizer.vocabSize = 5
}

export async function pulling(): Promise<void> {
  const { folder, files, commit, bytes, downloadedBytes, id } = await pullModel('BAAI/bge-small-en-v1.5', {
    revision: 'main',
    onnx: 'onnx/model.onnx',
    folder: 'models/bge',
    token: 'secret',
    offline: false,
    signal: AbortSignal.timeout(10),
    onProgress: (progress: PullProgress) => console.log(progress.bytes / progress.total),
  })
  await EmbeddingModel.load(folder)
  console.log(files.join(id + commit), bytes - downloadedBytes)
  // @ts-expect-error unknown option
  await pullModel('id', { branch: 'main' })
}

export async function embedding(): Promise<void> {
  const model = await EmbeddingModel.load('model', {
    device: 'cuda:1',
    dtype: 'fp32',
    pooling: 'mean_sqrt_len',
    includePrompt: false,
    normalize: true,
    maxTokens: 256,
    threads: 2,
    maxBatchTokens: 4096,
    cacheBytes: 64 << 20,
  })
  const embeddings: Embeddings = await model.embed(['a', 'b'] as const, {
    prompt: 'query',
    promptText: 'query: ',
    task: 'query',
    dimension: 128,
    normalize: false,
    out: new Float32Array(256),
    signal: new AbortController().signal,
    onProgress: (done, total) => console.log(done / total),
  })
  same<typeof embeddings.data, Float32Array>()
  same<typeof embeddings.tokenCounts, Int32Array>()
  for (const row of embeddings) same<typeof row, Float32Array>()
  const numbers: number[] = [embeddings.count, embeddings.dimension, embeddings.row(0).length]
  console.log(numbers)
  await model.embed('one text')
  const synchronous: EmbedSyncOptions = { dimension: 128, out: new Float32Array(128) }
  same<ReturnType<typeof model.embedSync>, Embeddings>()
  model.embedSync('one text', synchronous)
  // @ts-expect-error it cannot be stopped
  model.embedSync('one text', { signal: new AbortController().signal })
  const { hitRate, entries, bytes, maxBytes, hits, misses }: CacheStatistics = model.cache
  console.log(hitRate, entries, bytes, maxBytes, hits, misses, model.pendingCalls)

  const lines = createInterface({ input: process.stdin })
  for await (const batch of model.embedStream(lines, { batchSize: 10, batchesAhead: 2 }))
    same<typeof batch, Embeddings>()
  for await (const batch of model.embedStream(new Set(['a']))) batch.row(0)

  const handle: ModelHandle = model.share()
  new Worker('worker.js', { workerData: handle })
  const attached: EmbeddingModel = EmbeddingModel.attach(handle)
  const properties: [
    number,
    number,
    string | readonly string[],
    string,
    string,
    boolean,
    string,
    number,
    string | null,
    boolean,
  ] = [
    model.dimension,
    model.maxTokens,
    model.pooling,
    model.device,
    model.dtype,
    model.normalize,
    model.architecture,
    model.weightBytes,
    model.defaultPrompt,
    model.disposed,
  ]
  console.log(properties, model.prompts.query)
  using _scoped = attached
  await model.dispose()

  // @ts-expect-error a closed set
  await EmbeddingModel.load('model', { pooling: 'average' })
  await EmbeddingModel.load('model', { device: ['cuda:0', 'cuda:1'] })
  await EmbeddingModel.load('model', { pooling: ['cls', 'weighted_mean'] })
  await EmbeddingModel.load('model', { pooling: model.pooling })
  const tasks: [readonly string[], boolean] = [model.tasks, model.needsTask]
  console.log(tasks)
  same<typeof model.similarity, ModelSimilarity>()
  same<typeof model.pooling, Pooling | readonly Pooling[]>()
  const task: Task = 'a task of the model'
  await model.embed('text', { task })
  await EmbeddingModel.load('model', { device: model.devices })
  // @ts-expect-error read-only
  model.devices.push('cpu')
  // @ts-expect-error a closed set with a pattern
  await EmbeddingModel.load('model', { device: 'cuda:first' })
  // @ts-expect-error a typo
  await EmbeddingModel.load('model', { maxtokens: 5 })
  // @ts-expect-error out must be a Float32Array
  await model.embed('a', { out: new Float64Array(384) })
  // @ts-expect-error out makes no sense for a stream
  model.embedStream([], { out: new Float32Array(1) })
  // @ts-expect-error texts are strings
  model.embedStream([1, 2])
  // @ts-expect-error a handle of another class
  EmbeddingModel.attach({} as IndexHandle)
  // @ts-expect-error prompts are the model's
  model.prompts.query = 'q: '
}

export async function lexicalSearching(): Promise<void> {
  const analyzer: Analyzer = { language: 'german', stopwords: ['und'] as const, minTokenLength: 2 }
  const index = await Bm25Index.create({ k1: 1.5, b: 0.5, delta: 1, variant: 'bm25+', analyzer })
  await index.add(['a', 'b'] as const, [1, 2], { onProgress: (done, total) => console.log(done / total) })
  await index.add('a', null, { signal: AbortSignal.timeout(10) })
  const results: SearchResults = await index.search(['a'], 10, {
    filter: { from: 3 },
    signal: AbortSignal.timeout(10),
  })
  const words: string[] = index.analyze('a text')
  const handle: LexicalHandle = index.share()
  same<Awaited<ReturnType<typeof index.remove>>, number>()
  same<typeof index.variant, 'lucene' | 'robertson' | 'atire' | 'bm25l' | 'bm25+'>()
  console.log(results.hits(0), words, index.count + index.memoryBytes + index.k1 + index.b + index.delta)
  await index.save('file')
  await using opened = await Bm25Index.open('file')
  await using tfidf = await TfidfIndex.create({ sublinearTf: true, analyzer: 'plain' })
  await using attached = Bm25Index.attach(handle)
  console.log(opened.disposed, tfidf.sublinearTf, attached.disposed)

  // @ts-expect-error a closed set
  await Bm25Index.create({ variant: 'okapi' })
  // @ts-expect-error a closed set
  await Bm25Index.create({ analyzer: 'klingon' })
  // @ts-expect-error of BM25
  await TfidfIndex.create({ k1: 1 })
  // @ts-expect-error there is no public constructor
  new Bm25Index()
  // @ts-expect-error a handle of another class
  Bm25Index.attach({} as IndexHandle)
}

export async function searching(model: EmbeddingModel): Promise<void> {
  const index = await VectorIndex.create({ dimension: 384, metric: 'cosine', factory: 'IVF1000,Flat' })
  await index.to(['cuda:0', 'cuda:1'] as const, { mode: 'replicate', storage: 'fp16' })
  await index.train(new Float32Array(384), { signal: AbortSignal.abort() })
  await index.add(new Float32Array(384))
  await index.add(await model.embed('a'), [1], { signal: AbortSignal.abort() })
  await index.add(new Float32Array(384), [1n])
  await index.add(new Float32Array(384), new BigInt64Array(1))
  await index.add(new Float32Array(384), null)
  same<number, Awaited<ReturnType<typeof index.remove>>>()
  const results: SearchResults = await index.search(new Float32Array(384), 10, { parameters: { nprobe: 64 } })
  same<typeof results.ids, BigInt64Array>()
  same<typeof results.scores, Float32Array>()
  const hits = results.hits(0)
  same<typeof hits, Hit[]>()
  const ids: number[] = hits.map(({ id }) => id)
  const big: bigint[] = results.hits(0, { bigint: true }).map(({ id }) => id)
  console.log(ids, big, results.count * results.k)
  const vector: Float32Array = await index.reconstruct(5n)
  const filter: SearchFilter = {
    ids: [1, 2],
    exclude: new BigInt64Array(1),
    from: 1,
    to: 9n,
    bitmap: new Uint8Array(2),
  }
  await index.search(new Float32Array(384), 10, { filter })
  same<ReturnType<typeof index.searchSync>, SearchResults>()
  index.searchSync(new Float32Array(384), 10, { filter, parameters: { nprobe: 64 } })
  const within: RangeResults = await index.rangeSearch(new Float32Array(384), 0.8, {
    parameters: { nprobe: 64 },
    filter,
    maxResults: 1_000,
    signal: AbortSignal.abort(),
  })
  same<typeof within.offsets, Int32Array>()
  same<number, typeof within.count>()
  const far: bigint[] = within.hits(0, { bigint: true }).map(({ id }) => id)
  await index.update(new Float32Array(384), [1])
  same<number, Awaited<ReturnType<typeof index.upsert>>>()
  same<boolean, Awaited<ReturnType<typeof index.has>>>()
  same<BigInt64Array, Awaited<ReturnType<typeof index.ids>>>()
  const batch: Float32Array = await index.reconstructBatch([1, 2])
  await index.merge(await VectorIndex.create({ dimension: 384, metric: 'cosine' }))
  await index.upgrade()
  await index.upgrade({ factory: 'HNSW32', parameters: { efSearch: 64 }, allowLossy: true })
  await index.compact({ signal: AbortSignal.abort() })
  console.log(batch, far)
  await index.save('file')
  const opened: VectorIndex = await VectorIndex.open('file', { mmap: true, byteCodes: false })
  const handle: IndexHandle = opened.share()
  VectorIndex.attach(handle)
  const properties: [number, boolean, number, number, 'ip' | 'l2' | 'cosine' | 'l1', string] = [
    index.count,
    index.isTrained,
    index.memoryBytes,
    index.dimension,
    index.metric,
    index.factory,
  ]
  console.log(properties, vector)

  const { factory, parameters, memoryBytes, reason }: Recommendation = VectorIndex.recommend({
    count: 1e6,
    dimension: 384,
    metric: 'l2',
    memoryBytes: 2 ** 30,
    recall: 0.9,
    device: 'cuda:0',
  })
  await using built = await VectorIndex.create({ dimension: 384, metric: 'l2', factory, parameters })
  console.log(memoryBytes, reason)
  await built.setSearchParameters({ nprobe: 5, k_factor: 2 })
  same<typeof built.searchParameters, SearchParameters>()
  const tuned: TuneResult = await built.tune(new Float32Array(384), {
    recall: 0.95,
    k: 10,
    groundTruth: results,
    onProgress: (point: TunePoint) => console.log(point.recall, point.queriesPerSecond),
    signal: AbortSignal.timeout(5),
  })
  console.log(tuned.reached, tuned.parameters.efSearch, tuned.tried.length)

  // @ts-expect-error recall is required
  await built.tune(new Float32Array(384), { k: 5 })
  // @ts-expect-error a parameter of building
  await index.search(new Float32Array(384), 10, { parameters: { efConstruction: 40 } })
  // @ts-expect-error no family has it
  await VectorIndex.create({ dimension: 384, metric: 'l2', parameters: { probes: 40 } })

  await using retriever = new Retriever(model, index)
  const found = await retriever.search(['a', 'b'], 5, {
    prompt: 'query',
    promptText: '',
    parameters: { efSearch: 64 },
    signal: AbortSignal.timeout(5),
  })
  same<typeof found.tokenCounts, Int32Array | undefined>()
  same<typeof retriever.model, EmbeddingModel>()

  // @ts-expect-error not a mode
  await VectorIndex.create({ dimension: 384, metric: 'ip', device: ['cuda:0', 'cuda:1'], mode: 'both' })
  // @ts-expect-error metric is required
  await VectorIndex.create({ dimension: 384 })
  // @ts-expect-error a closed set
  await VectorIndex.create({ dimension: 384, metric: 'euclidean' })
  // @ts-expect-error not a condition
  await index.search(new Float32Array(384), 10, { filter: { id: [1] } })
  // @ts-expect-error k is required
  await index.search(new Float32Array(384))
  // @ts-expect-error vectors are typed arrays
  await index.add([[1, 2, 3]])
  // @ts-expect-error parameters are numbers
  await index.search(new Float32Array(384), 10, { parameters: { nprobe: '64' } })
  // @ts-expect-error an index is not a model
  new Retriever(index, index)
}

export async function hybridSearching(model: EmbeddingModel, index: VectorIndex): Promise<void> {
  const bm25 = await Bm25Index.create()
  await using retriever = new HybridRetriever({ model, index, bm25 })
  await retriever.add(['a', 'b'], [1n, 2n], { prompt: 'passage' })
  const found: SearchResults = await retriever.search('a', 5, {
    fusion: 'weighted',
    weights: { dense: 0.7 },
    normalization: 'zscore',
    candidates: 50,
    mmr: { lambda: 0.5 },
    filter: { from: 1 },
    parameters: { nprobe: 4 },
  })
  same<Awaited<ReturnType<typeof retriever.remove>>, number>()
  const diverse = maximalMarginalRelevance(new Float32Array(4), new Float32Array(8), { k: 1, lambda: 0.3 })
  same<typeof diverse, Promise<Hit[]>>()
  const lists: Hit<string>[][] = [[{ id: 'a', score: 1 }]]
  const weighted = weightedFusion(lists, { normalization: 'none', weights: [1] })
  same<typeof weighted, Hit<string>[]>()
  console.log(found.hits(0))

  // @ts-expect-error all three parts
  new HybridRetriever({ model, index })
  // @ts-expect-error weights have names
  await retriever.search('a', 5, { weights: [1, 2] })
  // @ts-expect-error a closed set
  await retriever.search('a', 5, { fusion: 'sum' })
  // @ts-expect-error k is required
  await maximalMarginalRelevance(new Float32Array(4), new Float32Array(8), {})
}

export async function evaluating(retriever: Retriever): Promise<void> {
  const dataset: Dataset = await readBeir('folder', { split: 'dev' })
  await retriever.add(documentTexts(dataset))
  const result: Evaluation = await evaluate(retriever, dataset, {
    metrics: ['ndcg@10', 'recall', 'hit_rate@1'],
    k: 100,
    batchSize: 32,
    documentIds: ['a', 'b'],
    onProgress: (done, total) => console.log(done / total),
  })
  const retrieve: Retrieve = async (texts, k) => texts.map(() => [{ id: 'a', score: k }])
  await evaluate(retrieve, dataset)
  const numbers: (number | undefined)[] = [result.metrics['ndcg@10'], result.latency.p95, result.missing]
  await writeTrecRun('run.txt', result.run, { tag: 'mine' })
  const table: string = evaluationTable({ dense: result })
  console.log(numbers, table, scoreRun(result.run, dataset.judgements).perQuery.size)
  for await (const { id, text, title } of readJsonl('file.jsonl'))
    console.log(id.length, text.length, title?.length)

  const comparison: IndexComparison = await compareIndexes(new Float32Array(8), new Float32Array(4), {
    dimension: 4,
    indexes: ['Flat', { factory: 'IVF4,Flat', parameters: [{ nprobe: 1 }, { nprobe: 2 }] }],
  })
  const recalls: number[] = comparison.rows.map((row) => row.recallAgainstExact)
  console.log(recalls, comparisonTable(comparison), comparisonChart(comparison))

  // @ts-expect-error no such metric
  await evaluate(retriever, dataset, { metrics: ['accuracy'] })
  // @ts-expect-error not a data set
  await evaluate(retriever, { documents: [] })
}

export async function training(model: EmbeddingModel, index: VectorIndex): Promise<void> {
  const queries = await model.embed(['a', 'b'])
  const documents = new Float32Array(2 * 384)
  const negatives: SearchResults = await mineHardNegatives(index, queries, [0, 1], {
    numNegatives: 5,
    rangeMin: 1,
    rangeMax: 50,
    maxScore: 0.9,
    minScore: 0.1,
    absoluteMargin: 0,
    relativeMargin: 0.05,
    samplingStrategy: 'random',
    seed: 1,
    parameters: { nprobe: 8 },
    signal: AbortSignal.timeout(5),
    onProgress: (done, total) => console.log(done / total),
  })
  await mineHardNegatives(new Retriever(model, index), ['a', 'b'], [[1], [2, 3]], { prompt: 'query' })
  const adapter: LinearAdapter = await LinearAdapter.train({
    queries,
    documents,
    positives: new BigInt64Array(2),
    negatives,
    validation: { queries, positives: [0, 1] },
    temperature: 0.05,
    epochs: 3,
    batchSize: 32,
    learningRate: 1e-3,
    weightDecay: 0.1,
    bias: false,
    patience: 2,
    seed: 7,
    model: 'all-MiniLM-L6-v2',
  })
  const history: AdapterHistory | undefined = adapter.history
  const bias: Float32Array | null = adapter.bias
  const handle: AdapterHandle = adapter.share()
  await adapter.save('file')
  same<LinearAdapter, Awaited<ReturnType<typeof LinearAdapter.load>>>()
  same<Float32Array, Awaited<ReturnType<typeof adapter.apply>>>()
  await model.embed('a', { adapter: LinearAdapter.attach(handle) })
  for await (const batch of model.embedStream(['a'], { adapter })) batch.row(0)
  const retriever = new Retriever(model, index, { queryAdapter: adapter })
  same<typeof retriever.queryAdapter, LinearAdapter | undefined>()
  new HybridRetriever({ model, index, bm25: await Bm25Index.create(), queryAdapter: adapter })
  console.log(history?.bestEpoch, bias)

  // @ts-expect-error documents are missing
  await LinearAdapter.train({ queries })
  // @ts-expect-error a closed set
  await mineHardNegatives(index, queries, [0, 1], { samplingStrategy: 'best' })
  // @ts-expect-error adapters are for queries: add() takes none
  await retriever.add('a', null, { adapter })
  // @ts-expect-error a handle of another class
  LinearAdapter.attach(index.share())
}

export async function beside(queries: Embeddings, passages: Float32Array): Promise<void> {
  const int8 = await quantizeEmbeddings(passages, { precision: 'int8', dimension: 384 })
  same<typeof int8, QuantizedEmbeddings>()
  await quantizeEmbeddings(queries, { precision: 'uint8', ...(int8.ranges && { ranges: int8.ranges }) })
  const codes: Int8Array | Uint8Array = int8.row(0)
  await using index = await BinaryIndex.create({ dimension: 384 })
  await index.add(passages, [1, 2, 3])
  await index.add(await quantizeEmbeddings(queries, { precision: 'ubinary' }))
  const candidates = await index.search(queries, 10, { rescoreMultiplier: 4, filter: { from: 7 } })
  same<SearchResults, typeof candidates>()
  same<SearchResults, Awaited<ReturnType<typeof rescore>>>()
  await rescore(queries, candidates, int8, { k: 5 })
  const handle: BinaryIndexHandle = index.share()

  await using reranker = await Reranker.load('model', { dtype: 'fp32', threads: 1 })
  const ranked = await reranker.rerank('a', ['b'] as const, { topK: 3, activation: 'identity' })
  same<typeof ranked, RerankResult[]>()
  same<Float32Array, Awaited<ReturnType<typeof reranker.predict>>>()
  await reranker.predict([['a', 'b']], { onProgress: (done, total) => console.log(done / total) })
  const shared: RerankerHandle = reranker.share()

  await using encoder = await SparseEncoder.load('model')
  const sparse: SparseEmbeddings = await encoder.embed(['a'], { maxActive: 64, prompt: 'query' })
  await using inverted = await SparseIndex.create()
  await inverted.add(sparse)
  await inverted.add(new SparseEmbeddings(new Int32Array(1), new Int32Array(0), new Float32Array(0)), [])
  for (const row of sparse) console.log(encoder.decode(row, 3)[0]?.token, sparseDotProduct(row, row))
  same<SearchResults, Awaited<ReturnType<typeof inverted.search>>>()

  await using late = await MultiVectorEncoder.load('model')
  const documents: MultiVectorEmbeddings = await late.embedDocuments(['a'])
  const scores: Float32Array = await maxSim(await late.embedQueries('a'), documents, { mean: true })
  console.log(codes, BinaryIndex.attach(handle).count, Reranker.attach(shared).labels, scores)

  // @ts-expect-error a closed set
  await quantizeEmbeddings(passages, { precision: 'int4' })
  // @ts-expect-error a reranker does not pool
  await Reranker.load('model', { pooling: 'cls' })
  // @ts-expect-error sparse encoders have no tasks
  await encoder.embed(['a'], { task: 'query' })
  // @ts-expect-error pairs, not texts
  await reranker.predict(['a', 'b'])
  // @ts-expect-error dense vectors
  await inverted.add(passages)
  // @ts-expect-error a handle of another class
  SparseIndex.attach(index.share())
}

export function helpers(): void {
  const numbers: number[] = [
    cosineSimilarity([1, 2], new Float32Array(2)),
    dotProduct([1], [2]),
    euclideanDistance(new Float64Array(1), [1]),
    manhattanDistance([1], [2]),
  ]
  const lists: Hit<string>[][] = [[{ id: 'a', score: 1 }], [{ id: 'b', score: 2 }]]
  const fused = reciprocalRankFusion(lists, { rankConstant: 60, weights: [1, 2] })
  same<typeof fused, Hit<string>[]>()
  const facts = info()
  const missing: string[] = facts.missing.map(({ part, problem }) => `${part}: ${problem}`)
  console.log(numbers, missing, facts.build?.faiss, facts.cpu.avx2, facts.devices, facts.threads)
  try {
    throw new DensenodeError('FILE_NOT_FOUND', 'text', { cause: 1 })
  } catch (error) {
    if (error instanceof DensenodeError) same<typeof error.code, ErrorCode>()
  }

  // @ts-expect-error texts are not vectors
  cosineSimilarity('a', 'b')
  // @ts-expect-error not a code
  new DensenodeError('NOT_FOUND', 'text')
}
