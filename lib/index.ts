/**
 * Text to embeddings to nearest neighbours, at native speed.
 *
 * @packageDocumentation
 */
export { EmbeddingModel } from './embedding-model'
export type {
  Device,
  Dtype,
  EmbeddingModelOptions,
  EmbedOptions,
  EmbedStreamOptions,
  Pooling,
} from './embedding-model'
export type { Embeddings } from './embeddings'
export { DensenodeError } from './errors'
export type { ErrorCode } from './errors'
export { reciprocalRankFusion } from './fusion'
export type { FusionOptions } from './fusion'
export type { IndexHandle, ModelHandle } from './handle'
export { info } from './info'
export type { Info, MissingPart } from './info'
export type { PromptOptions } from './prompts'
export { Retriever } from './retriever'
export type { RetrieverSearchOptions } from './retriever'
export type { Hit, SearchResults } from './search-results'
export { cosineSimilarity, dotProduct, euclideanDistance, manhattanDistance } from './similarity'
export type { Vector } from './similarity'
export { Tokenizer } from './tokenizer'
export type { DecodeOptions, EncodeBatchOptions, EncodeOptions, Encoding, EncodingBatch } from './tokenizer'
export { VectorIndex } from './vector-index'
export type {
  Ids,
  JobOptions,
  Metric,
  OpenOptions,
  SearchOptions,
  VectorIndexOptions,
  Vectors,
} from './vector-index'
