/** Every default and limit of the public API, once. */

/** Device and weight type of EmbeddingModel.load. */
export const DEVICE = 'auto'
export const DTYPE = 'auto'

/** Bytes of EmbeddingModel's cache: none. */
export const CACHE_BYTES = 0
/** Calls of one model or index that are in native code at once; further ones wait for their turn. */
export const CALLS_AT_ONCE = 1024

/** What pullModel asks the hub for. */
export const HUB_REVISION = 'main'
/** Milliseconds: the longest silence of a hub, and the waits before it is asked again. */
export const HUB_PATIENCE = { stall: 30_000, retries: [500, 1_000, 2_000, 4_000, 8_000] } as const

/** FAISS factory string of VectorIndex.create: exact search. */
export const INDEX_FACTORY = 'Flat'

/** Whether searches keep a byte for each value beside vectors in fp32. */
export const INDEX_BYTE_CODES = true

/** Where VectorIndex.create and open put the vectors. */
export const INDEX_DEVICE = 'cpu'
export const INDEX_MODE = 'shard'

/** Neighbours that VectorIndex.tune measures with. */
export const TUNE_K = 10

/** Tasks of the texts of Retriever.search and Retriever.add, where the model has prompts or routes for them. */
export const RETRIEVER_TASK = 'query'
export const RETRIEVER_ADD_TASK = 'document'

/** Texts of one batch of embedStream: enough to sort by length well, few enough to come out soon. */
export const STREAM_BATCH_SIZE = 256
/** Batches of embedStream read ahead of the consumer. */
export const STREAM_BATCHES_AHEAD = 4

/** Bm25Index: what Lucene has; delta as bm25s has it. */
export const BM25_VARIANT = 'lucene'
export const BM25_K1 = 1.2
export const BM25_B = 0.75
export const BM25_DELTA = 0.5

/** Analyzer of lexical indexes. */
export const ANALYZER_LANGUAGE = 'english'
export const MIN_TOKEN_LENGTH = 1
export const MAX_TOKEN_LENGTH = 255

/** Rank constant of reciprocalRankFusion (Cormack, Clarke and Buettcher, SIGIR 2009). */
export const RANK_CONSTANT = 60
/** How weightedFusion brings scores to one scale. */
export const SCORE_NORMALIZATION = 'minmax'
/** Relevance against diversity of maximalMarginalRelevance, in equal parts. */
export const MMR_LAMBDA = 0.5

/** The judgements that readBeir and writeBeir take: qrels/<split>.tsv. */
export const BEIR_SPLIT = 'test'
/** What evaluate and scoreRun measure. */
export const EVALUATION_METRICS = [
  'ndcg@10',
  'mrr@10',
  'map@100',
  'recall@10',
  'recall@100',
  'precision@10',
] as const
/** Queries of one search call of evaluate: one, so that the latency is that of one query. */
export const EVALUATION_BATCH_SIZE = 1
/** Documents that evaluate asks for where no metric has a cut-off. */
export const EVALUATION_K = 100
/** Name of a run in a file that writeTrecRun writes. */
export const TREC_TAG = 'densenode'
/** Neighbours that compareIndexes asks for. */
export const COMPARISON_K = 10

/**
 * How HybridRetriever joins its two rankings, and how deep each goes. In bench/quality weighted fusion is
 * better than each ranking alone on both data sets, and rrf is not.
 */
export const HYBRID_FUSION = 'weighted'
export const HYBRID_CANDIDATES = 100

/** Candidates of BinaryIndex.search that are rescored, for each result. */
export const RESCORE_MULTIPLIER = 4

/** JavaScript that works through many queries gives the event loop a turn after so long. */
export const SLICE_MILLISECONDS = 2

/** LinearAdapter.train; bench/adapter.mjs measures them. */
export const ADAPTER_TEMPERATURE = 0.05
export const ADAPTER_EPOCHS = 10
export const ADAPTER_BATCH_SIZE = 256
export const ADAPTER_LEARNING_RATE = 0.001
export const ADAPTER_WEIGHT_DECAY = 0.01
export const ADAPTER_PATIENCE = 2

/**
 * The matrix of the largest dimension has 256 MiB; training holds four like it, and one for each 64 queries
 * of a batch, 16 at most.
 */
export const MAX_ADAPTER_DIMENSION = 8192
export const MAX_ADAPTER_BATCH = 8192

/** Negatives an anchor and anchors of one search of mineHardNegatives. */
export const HARD_NEGATIVES = 3
export const MINING_BATCH_SIZE = 1024
/** Neighbours of one search of mineHardNegatives: 192 MiB. */
export const MINING_RESULTS = 2 ** 24

/** A slice of texts crosses to native code in about a millisecond; the event loop turns between slices. */
export const SLICE_TEXTS = 2_000
export const SLICE_CHARACTERS = 1 << 20

/** Results of one range search: 12 bytes each. */
export const RANGE_MAX_RESULTS = 1 << 24

export const MAX_K = 1 << 24
export const MAX_DIMENSION = 65_536
/** Elements of one result array. */
export const MAX_RESULT_LENGTH = 2 ** 32
export const MAX_INT32 = 2 ** 31 - 1
