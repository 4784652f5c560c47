import type { Abort } from './abort'
import * as check from './checks'
import { CALLS_AT_ONCE, MAX_INT32, RANGE_MAX_RESULTS } from './defaults'
import { checkFilter } from './filter'
import { Gate } from './gate'
import { numbers, type SearchParameters } from './index-parameters'
import { runJob, runSync } from './job'
import { type Lifetime, Resource } from './lifetime'
import type { Metric } from './metric'
import type { Binding } from './native'
import { RangeResults } from './range-results'
import { allocateResults, checkK, checkParameters } from './search'
import { SearchResults } from './search-results'
import type { Ids, RangeSearchOptions, SearchOptions } from './vector-index-options'
import { type Vectors, vectorData } from './vectors'

/** The part of VectorIndex that reads: what it is, and what it holds. */
export abstract class VectorIndexSearch extends Resource {
  readonly #lifetime: Lifetime<Binding.VectorIndex>
  readonly #gate = new Gate(CALLS_AT_ONCE)
  /** Values of one vector. Stays readable after dispose(), as metric and factory do. */
  readonly dimension: number
  readonly metric: Metric
  /** Name of the model that made the embeddings; `''`: not known. */
  readonly model: string
  /** Whether searches may keep a byte for each value beside the vectors (VectorIndexOptions). */
  readonly byteCodes: boolean
  #factory: string

  protected constructor(lifetime: Lifetime<Binding.VectorIndex>) {
    super(lifetime, 'await VectorIndex.create(options) or VectorIndex.open(path).')
    this.#lifetime = lifetime
    const index = lifetime.use('create')
    this.dimension = index.dimension
    this.metric = index.metric as Metric
    this.model = index.model
    this.byteCodes = index.byteCodes
    this.#factory = index.factory
  }

  /** FAISS factory string; another one after upgrade(). */
  get factory(): string {
    if (!this.disposed) this.#factory = this.#lifetime.use('factory').factory
    return this.#factory
  }

  /** Vectors in the index. */
  get count(): number {
    return this.#lifetime.use('count').count
  }

  /** Whether vectors can be added; families that learn from data (IVF, PQ) need train() first. */
  get isTrained(): boolean {
    return this.#lifetime.use('isTrained').isTrained
  }

  /**
   * Calls of this object that have not settled. Searches beyond 1,024 wait without native memory; a server
   * that would rather refuse than wait looks here first.
   */
  get pendingCalls(): number {
    return this.#lifetime.pending
  }

  /** Where the vectors are now: `'cpu'`, `'cuda:N'`, or several in one string, `'cuda:0,cuda:1'`. */
  get device(): string {
    return this.#lifetime.use('device').device
  }

  /**
   * Memory of vectors or codes, ids and links, in bytes; of a GPU's memory what FAISS holds for this index,
   * on several the sum. Flat, IVF with Flat and HNSW in host memory grow by a quarter to a third with their
   * searches where they have `byteCodes`, to what VectorIndex.recommend says; adding keeps these codes (a graph that
   * outgrows its room makes them once more), other changes drop them.
   */
  get memoryBytes(): number {
    return this.#lifetime.use('memoryBytes').memoryBytes
  }

  /**
   * What a search without parameters of its own uses: FAISS's defaults, create()'s `parameters`, or tune()'s.
   */
  get searchParameters(): SearchParameters {
    return this.#lifetime.use('searchParameters').searchParameters
  }

  /**
   * The k nearest vectors of each query. Queries are read in place; native threads write straight into the
   * arrays of the result. Calls with one query and no filter that come while others are at work are searched
   * for together, before the queries of long calls that wait, and callers in different threads take turns.
   * Flat of so few vectors that the way to another thread would take longer (some 150 of 384 dimensions) is searched on
   * the calling thread, but for every 64th time, so that the event loop turns where such calls follow each other.
   *
   * @param queries One vector or many: n x dimension values give n rows of results.
   * @param k From 1 to 16777216, on a GPU to 2048. Where the index has fewer, rows end with id -1. On a GPU
   *   `nprobe` goes to 2048 too, and is the only search parameter.
   * @throws RangeError for a parameter that the index family does not have, NaN or infinity; DensenodeError
   *   INDEX_NOT_TRAINED.
   */
  async search(queries: Vectors, k: number, options?: SearchOptions): Promise<SearchResults> {
    const index = this.#lifetime.use('search')
    const given = check.options(options, ['parameters', 'filter', 'signal'], 'VectorIndex.search')
    const signal = check.signal(given.signal)
    const { data, parameters, filter, count } = this.#checkSearch(index, queries, k, given)
    let results: SearchResults
    const start = (abort: Abort) => {
      results = makeResults(count, k)
      return index.search(data, k, parameters, results.ids, results.scores, filter, abort.cancellation())
    }
    await runJob([this.#lifetime], signal, start, this.#gate)
    return results!
  }

  /**
   * The same at once and on the calling thread: the event loop waits for as long as the search takes, and for a
   * change of the index that writes. For single queries of an index that answers in microseconds (a small one,
   * IVF, HNSW), where the way to densenode's threads and back takes as long as the search.
   *
   * Flat is searched as search() does it, on one thread. The call that makes what is missing of its `byteCodes`
   * (the second query after the first vectors or a change other than adding) takes as long as a few searches
   * without them; where that is too long, let an awaited search of three queries come first.
   */
  searchSync(queries: Vectors, k: number, options?: Omit<SearchOptions, 'signal'>): SearchResults {
    const index = this.#lifetime.use('searchSync')
    const given = check.options(options, ['parameters', 'filter'], 'VectorIndex.searchSync')
    const { data, parameters, filter, count } = this.#checkSearch(index, queries, k, given)
    const results = makeResults(count, k)
    runSync(() => index.searchSync(data, k, parameters, results.ids, results.scores, filter))
    return results
  }

  #checkSearch(index: Binding.VectorIndex, queries: Vectors, k: number, given: SearchOptions) {
    const data = vectorData('queries', queries, this.dimension)
    checkK(index, k)
    const parameters = given.parameters === undefined ? null : numbers(given.parameters)
    return { data, parameters, filter: checkFilter(given.filter), count: data.length / this.dimension }
  }

  /**
   * All vectors nearer to each query than a radius: with scores above it for `ip` and `cosine`, below it for
   * `l2` (squared distances) and `l1`. Flat, SQ and PQ find all; IVF those in the cells that it probes, HNSW
   * those among its candidates (`efSearch`).
   *
   * @throws RangeError for more than `maxResults` results, a parameter that the index family does not have,
   *   NaN or infinity; DensenodeError INDEX_NOT_TRAINED, INDEX_UNSUPPORTED on a GPU.
   */
  async rangeSearch(queries: Vectors, radius: number, options?: RangeSearchOptions): Promise<RangeResults> {
    const index = this.#lifetime.use('rangeSearch')
    const data = vectorData('queries', queries, this.dimension)
    check.finite('radius', radius)
    const known = ['parameters', 'filter', 'maxResults', 'signal'] as const
    const given = check.options(options, known, 'VectorIndex.rangeSearch')
    const parameters = checkParameters(index, given.parameters)
    const filter = checkFilter(given.filter)
    const most = check.integer('maxResults', given.maxResults ?? RANGE_MAX_RESULTS, 1, MAX_INT32)
    return await runJob([this.#lifetime], check.signal(given.signal), async (abort) => {
      const cancellation = abort.cancellation()
      const found = await index.rangeSearch(data, radius, parameters, most, cancellation, filter)
      return new RangeResults(found.ids, found.scores, found.offsets)
    })
  }

  /**
   * A copy of the stored vector of an id; lossy families (PQ, scalar quantizers) give what they kept of it.
   *
   * @throws RangeError for an id that is not in the index; DensenodeError INDEX_UNSUPPORTED.
   */
  async reconstruct(id: number | bigint): Promise<Float32Array> {
    const index = this.#lifetime.use('reconstruct')
    return this.#reconstruct(index, BigInt64Array.of(check.id('id', id)))
  }

  /** The same for several ids: ids.length x dimension values, row major, ready for add(). */
  async reconstructBatch(ids: Ids): Promise<Float32Array> {
    const index = this.#lifetime.use('reconstructBatch')
    return this.#reconstruct(index, check.ids('ids', ids))
  }

  #reconstruct(index: Binding.VectorIndex, ids: BigInt64Array): Promise<Float32Array> {
    const out = new Float32Array(ids.length * this.dimension)
    return runJob([this.#lifetime], undefined, async () => {
      await index.reconstruct(ids, out)
      return out
    })
  }

  /** Whether an id is in the index. */
  async has(id: number | bigint): Promise<boolean> {
    const index = this.#lifetime.use('has')
    const key = check.id('id', id)
    return await runJob([this.#lifetime], undefined, () => index.has(key))
  }

  /** All ids, ascending. */
  async ids(): Promise<BigInt64Array> {
    const index = this.#lifetime.use('ids')
    return await runJob([this.#lifetime], undefined, () => index.ids())
  }
}

function makeResults(count: number, k: number): SearchResults {
  const { ids, scores } = allocateResults('queries', count, k)
  return new SearchResults(ids, scores, count, k)
}
