/**
 * Text to embeddings to nearest neighbours, at native speed.
 *
 * @packageDocumentation
 */

export type {
  Device,
  Dtype,
  EmbeddingModelOptions,
  EmbedOptions,
  EmbedStreamOptions,
  Pooling,
} from './embedding-model'
export { EmbeddingModel } from './embedding-model'
export type { Embeddings } from './embeddings'
export type { ErrorCode } from './errors'
export { DensenodeError } from './errors'
export type { FusionOptions } from './fusion'
export { reciprocalRankFusion } from './fusion'
export type { IndexHandle, ModelHandle } from './handle'
export type { Gpu, Info, MissingPart } from './info'
export { info } from './info'
export type { PromptOptions } from './prompts'
export type { RetrieverAddOptions, RetrieverOptions, RetrieverSearchOptions } from './retriever'
export { Retriever } from './retriever'
export type { Hit, SearchResults } from './search-results'
export type { Vector } from './similarity'
export { cosineSimilarity, dotProduct, euclideanDistance, manhattanDistance } from './similarity'
export type { DecodeOptions, EncodeBatchOptions, EncodeOptions, Encoding, EncodingBatch } from './tokenizer'
export { Tokenizer } from './tokenizer'
export type {
  Ids,
  ImportOptions,
  IndexDevice,
  IndexMode,
  IndexStorage,
  JobOptions,
  Metric,
  MoveOptions,
  OpenOptions,
  SearchOptions,
  VectorIndexOptions,
  Vectors,
} from './vector-index'
export { VectorIndex } from './vector-index'
