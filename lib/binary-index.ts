import { BaseIndex } from './base-index'
import * as check from './checks'
import { MAX_DIMENSION, MAX_K, RESCORE_MULTIPLIER } from './defaults'
import { misuseMessage, wrongRange } from './errors'
import { checkFilter, type SearchFilter } from './filter'
import { attachHandle, type BinaryIndexHandle, shareHandle } from './handle'
import { type JobOptions, runJob, runSync } from './job'
import { Lifetime } from './lifetime'
import { type Binding, native } from './native'
import { checkQuantized, QuantizedEmbeddings } from './quantized-embeddings'
import { allocateResults } from './search'
import { SearchResults } from './search-results'
import type { Ids } from './vector-index-options'
import { type Vectors, vectorData } from './vectors'

export interface BinaryIndexOptions {
  /** Values of one embedding before it is quantized, from 1 to 65536. */
  dimension: number
}

export interface BinarySearchOptions extends JobOptions {
  /**
   * For float queries: k times so many of the nearest are rescored and the best k of them kept. 0: no rescoring;
   * scores are then Hamming distances. Default: 4.
   */
  rescoreMultiplier?: number
  /** Which embeddings the search may return. Default: all. */
  filter?: SearchFilter
}

/** Float embeddings, of which the signs are taken, or what quantizeEmbeddings gave in 1 bit. */
export type BinaryVectors = Vectors | QuantizedEmbeddings

/**
 * Embeddings of one bit a value, a 32nd of their memory: 1,024 dimensions take 128 bytes. A search compares the
 * signs of the query with all of them, exactly, and puts the nearest in a better order by the float query
 * (rescoring), which brings back most of what the bits have lost.
 *
 * Searches and changes may run side by side. Changes run one after another in the order of the calls; await them
 * before save(), which does not wait for those that are under way.
 *
 * @example
 * const index = await BinaryIndex.create({ dimension: model.dimension })
 * await index.add(await model.embed(passages))
 * const results = await index.search(await model.embed('how do cats purr'), 10)
 */
export class BinaryIndex extends BaseIndex {
  readonly #lifetime: Lifetime<Binding.BinaryIndex>
  /** Values of one embedding before it is quantized. Stays readable after dispose(). */
  readonly dimension: number

  private constructor(lifetime: Lifetime<Binding.BinaryIndex>) {
    super(lifetime, 'await BinaryIndex.create(options) or BinaryIndex.open(path).')
    this.#lifetime = lifetime
    this.dimension = lifetime.use('create').dimension
  }

  /** An empty index. */
  static async create(options: BinaryIndexOptions): Promise<BinaryIndex> {
    const given = check.options(options, ['dimension'], 'BinaryIndex.create')
    const dimension = check.integer('dimension', given.dimension, 1, MAX_DIMENSION)
    const index = runSync(() => native().BinaryIndex.create(dimension))
    return new BinaryIndex(new Lifetime('BinaryIndex', index))
  }

  /**
   * Reads a file that save() wrote; it is verified as a whole before it is used.
   *
   * @throws DensenodeError FILE_NOT_FOUND, FILE_UNREADABLE, FILE_CORRUPT or OUT_OF_MEMORY.
   */
  static async open(path: string): Promise<BinaryIndex> {
    check.path('path', path)
    const index = await runJob([], undefined, () => native().BinaryIndex.open(path))
    return new BinaryIndex(new Lifetime('BinaryIndex', index))
  }

  /**
   * A second object for an index that another thread of this process shared. The codes exist once, and changes
   * are seen by all; each object is disposed on its own.
   *
   * @throws DensenodeError DISPOSED when no object of this index is open any more.
   */
  static attach(handle: BinaryIndexHandle): BinaryIndex {
    return new BinaryIndex(attachHandle('BinaryIndex', handle, (id) => native().BinaryIndex.attach(id)))
  }

  /**
   * A plain object for postMessage or workerData, good in every thread of this process while any object of the
   * index is open.
   */
  share(): BinaryIndexHandle {
    return shareHandle('BinaryIndex', this.#lifetime)
  }

  /**
   * Adds embeddings, all or none. They are read in place and pinned until the promise settles; floats are not
   * kept.
   *
   * @param ids One id an embedding, from 0 to 2^63 - 2, distinct, and not in the index yet. Default: the largest
   *   id so far + 1 and on, from 0.
   * @throws RangeError for an id that is there already or twice in the call, and for NaN, with the row.
   */
  async add(embeddings: BinaryVectors, ids?: Ids | null): Promise<void> {
    const index = this.#lifetime.use('add')
    const { data, count } = this.#rows('embeddings', embeddings)
    const given = check.idsOrNull('ids', ids, count, 'embeddings')
    return await runJob([this.#lifetime], undefined, () => index.add(data, given))
  }

  /**
   * The k nearest embeddings of each query. Of float queries k x rescoreMultiplier candidates are found by Hamming
   * distance and scored by the dot product of the query with the bits as 0 and 1 (as sentence-transformers'
   * semantic_search_faiss): larger is better. Of quantized queries, and with rescoreMultiplier 0, scores are
   * Hamming distances: smaller is better.
   *
   * @param k From 1 to 16777216, also k x rescoreMultiplier. Where the index has fewer, rows end with id -1 and the
   *   worst score, -Infinity or Infinity.
   * @throws RangeError for NaN, with the row.
   */
  async search(queries: BinaryVectors, k: number, options?: BinarySearchOptions): Promise<SearchResults> {
    const index = this.#lifetime.use('search')
    const { data, count } = this.#rows('queries', queries)
    check.integer('k', k, 1, MAX_K)
    const known = ['rescoreMultiplier', 'filter', 'signal'] as const
    const given = check.options(options, known, 'BinaryIndex.search')
    const candidates = k * rescoreMultiplier(given.rescoreMultiplier, queries)
    if (candidates > MAX_K)
      throw wrongRange('rescoreMultiplier', `k times it at most ${MAX_K}`, given.rescoreMultiplier)
    const filter = checkFilter(given.filter)
    const { ids, scores } = allocateResults('queries', count, k)
    return await runJob([this.#lifetime], check.signal(given.signal), async (abort) => {
      await index.search(data, k, candidates, ids, scores, abort.cancellation(), filter)
      return new SearchResults(ids, scores, count, k)
    })
  }

  #rows(
    option: string,
    value: BinaryVectors,
  ): { data: Float32Array | Uint8Array | Int8Array; count: number } {
    if (!(value instanceof QuantizedEmbeddings)) {
      const data = vectorData(option, value, this.dimension)
      return { data, count: data.length / this.dimension }
    }
    const { data, precision, count } = checkQuantized(option, value, this.dimension)
    if (precision !== 'binary' && precision !== 'ubinary')
      throw new RangeError(misuseMessage(option, 'embeddings in binary or ubinary', `precision ${precision}`))
    check.usableMemory(option, data)
    return { data, count }
  }
}

/** 0 for quantized queries. */
function rescoreMultiplier(given: number | undefined, queries: BinaryVectors): number {
  if (given !== undefined) check.integer('rescoreMultiplier', given, 0, MAX_K)
  if (queries instanceof QuantizedEmbeddings) {
    if (given) throw wrongRange('rescoreMultiplier', 'nothing or 0 with quantized queries', given)
    return 0
  }
  return given ?? RESCORE_MULTIPLIER
}
