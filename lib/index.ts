/**
 * Text to embeddings to nearest neighbours, at native speed.
 *
 * @packageDocumentation
 */

export type { AdapterPairs, LinearAdapterTrainOptions } from './adapter-training'
export type { Analyzer, AnalyzerOptions, Language } from './analyzer'
export type { BinaryIndexOptions, BinarySearchOptions, BinaryVectors } from './binary-index'
export { BinaryIndex } from './binary-index'
export type { Bm25IndexOptions, Bm25Variant } from './bm25'
export { Bm25Index } from './bm25'
export type { CacheStatistics } from './embedding-cache'
export type { EmbedOptions, EmbedStreamOptions, EmbedSyncOptions, ModelSimilarity } from './embedding-model'
export { EmbeddingModel } from './embedding-model'
export type { Embeddings } from './embeddings'
export type { ErrorCode } from './errors'
export { DensenodeError } from './errors'
export type { BeirOptions } from './evaluation/beir'
export { readBeir, writeBeir } from './evaluation/beir'
export type { IndexComparison, IndexComparisonRow } from './evaluation/compare-indexes'
export { compareIndexes } from './evaluation/compare-indexes'
export { comparisonChart } from './evaluation/comparison-chart'
export type { CompareIndexesOptions } from './evaluation/comparison-options'
export { comparisonTable } from './evaluation/comparison-table'
export type { Dataset, DatasetDocument, DatasetQuery, Judgements } from './evaluation/dataset'
export { documentTexts } from './evaluation/dataset'
export type { EvaluateOptions, Evaluation, Retrieve, TextSearcher } from './evaluation/evaluate'
export { evaluate } from './evaluation/evaluate'
export { evaluationTable } from './evaluation/evaluation-table'
export type { IndexCandidate } from './evaluation/index-candidates'
export { readJsonl, readJsonlDataset } from './evaluation/jsonl'
export type { Latency } from './evaluation/latency'
export type { MetricName, RelevanceMetric } from './evaluation/metrics'
export type { Run } from './evaluation/run'
export type { RunScores } from './evaluation/score-run'
export { scoreRun } from './evaluation/score-run'
export type { SquadOptions } from './evaluation/squad'
export { readSquad } from './evaluation/squad'
export type { TrecRunOptions } from './evaluation/trec'
export { readTrecQrels, readTrecRun, writeTrecQrels, writeTrecRun } from './evaluation/trec'
export type { SearchFilter } from './filter'
export type { FusionOptions, ScoreNormalization, WeightedFusionOptions } from './fusion'
export { reciprocalRankFusion, weightedFusion } from './fusion'
export type {
  AdapterHandle,
  BinaryIndexHandle,
  IndexHandle,
  LexicalHandle,
  ModelHandle,
  MultiVectorEncoderHandle,
  RerankerHandle,
  SparseEncoderHandle,
  SparseIndexHandle,
} from './handle'
export type { HardNegativeOptions } from './hard-negatives'
export { mineHardNegatives } from './hard-negatives'
export type { PulledModel } from './hub/pull'
export type { PullOptions } from './hub/pull-model'
export { pullModel } from './hub/pull-model'
export type { PullProgress } from './hub/pull-progress'
export type { HybridRetrieverOptions, HybridSearchOptions } from './hybrid-retriever'
export { HybridRetriever } from './hybrid-retriever'
export type { IndexParameters, SearchParameters } from './index-parameters'
export type { Gpu, Info, MissingPart } from './info'
export { info } from './info'
export type { JobOptions } from './job'
export type { LexicalAddOptions, LexicalSearchOptions } from './lexical-index'
export type { AdapterApplyOptions, AdapterHistory } from './linear-adapter'
export { LinearAdapter } from './linear-adapter'
export type { Metric } from './metric'
export type { MmrOptions } from './mmr'
export { maximalMarginalRelevance } from './mmr'
export type { Device, Dtype, EmbeddingModelOptions } from './model-options'
export type { MaxSimOptions } from './multi-vector-embeddings'
export { MultiVectorEmbeddings, maxSim } from './multi-vector-embeddings'
export type { MultiVectorEmbedOptions, MultiVectorEncoderOptions } from './multi-vector-encoder'
export { MultiVectorEncoder } from './multi-vector-encoder'
export type { Pooling } from './pooling'
export type { ProgressOptions } from './progress'
export type { PromptOptions, Task } from './prompts'
export type { QuantizeOptions } from './quantize-embeddings'
export { quantizeEmbeddings } from './quantize-embeddings'
export type { Precision, QuantizedEmbeddings } from './quantized-embeddings'
export type { RangeResults } from './range-results'
export type { Recommendation, RecommendOptions } from './recommend'
export type {
  PredictOptions,
  RerankerOptions,
  RerankOptions,
  RerankResult,
  ScoreActivation,
} from './reranker'
export { Reranker } from './reranker'
export type { RescoreOptions } from './rescore'
export { rescore } from './rescore'
export type { RetrieverAddOptions, RetrieverOptions, RetrieverSearchOptions } from './retriever'
export { Retriever } from './retriever'
export type { Hit, SearchResults } from './search-results'
export type { Vector } from './similarity'
export { cosineSimilarity, dotProduct, euclideanDistance, manhattanDistance } from './similarity'
export type { SparseVector } from './sparse-embeddings'
export { SparseEmbeddings, sparseDotProduct } from './sparse-embeddings'
export type { SparseEmbedOptions, SparseEncoderOptions, WeightedToken } from './sparse-encoder'
export { SparseEncoder } from './sparse-encoder'
export type { SparseSearchOptions } from './sparse-index'
export { SparseIndex } from './sparse-index'
export type { TfidfIndexOptions } from './tfidf'
export { TfidfIndex } from './tfidf'
export type {
  DecodeOptions,
  EncodeBatchOptions,
  EncodeOptions,
  EncodePairOptions,
  Encoding,
  EncodingBatch,
  TruncationStrategy,
} from './tokenizer'
export { Tokenizer } from './tokenizer'
export type { TuneOptions } from './tune'
export type { TunePoint, TuneResult } from './tuning'
export { VectorIndex } from './vector-index'
export type {
  ByteCodesOptions,
  Ids,
  ImportOptions,
  IndexDevice,
  IndexMode,
  IndexStorage,
  MoveOptions,
  OpenOptions,
  RangeSearchOptions,
  SearchOptions,
  UpgradeOptions,
  VectorIndexOptions,
} from './vector-index-options'
export type { Vectors } from './vectors'
