import { BaseIndex } from './base-index'
import * as check from './checks'
import { MAX_K } from './defaults'
import { checkFilter, type SearchFilter } from './filter'
import { attachHandle, type SparseIndexHandle, shareHandle } from './handle'
import { type JobOptions, runJob, runSync } from './job'
import { Lifetime } from './lifetime'
import { type Binding, native } from './native'
import { allocateResults } from './search'
import { SearchResults } from './search-results'
import { checkSparse, type SparseEmbeddings } from './sparse-embeddings'
import type { Ids } from './vector-index-options'

export interface SparseSearchOptions extends JobOptions {
  /** Which vectors the search may return. Default: all. */
  filter?: SearchFilter
}

/**
 * Sparse embeddings, such as those of SPLADE, found by their dot product with a sparse query: exactly, by an
 * inverted index of 6 bytes a weight.
 *
 * Searches and changes may run side by side. Changes run one after another in the order of the calls; await them
 * before save(), which does not wait for those that are under way.
 *
 * @example
 * const index = await SparseIndex.create()
 * await index.add(await encoder.embed(passages))
 * const results = await index.search(await encoder.embed('how do cats purr'), 10)
 */
export class SparseIndex extends BaseIndex {
  readonly #lifetime: Lifetime<Binding.SparseIndex>

  private constructor(lifetime: Lifetime<Binding.SparseIndex>) {
    super(lifetime, 'await SparseIndex.create() or SparseIndex.open(path).')
    this.#lifetime = lifetime
  }

  /** An empty index. */
  static async create(): Promise<SparseIndex> {
    const index = runSync(() => native().SparseIndex.create())
    return new SparseIndex(new Lifetime('SparseIndex', index))
  }

  /**
   * Reads a file that save() wrote; it is verified as a whole before it is used.
   *
   * @throws DensenodeError FILE_NOT_FOUND, FILE_UNREADABLE, FILE_CORRUPT or OUT_OF_MEMORY.
   */
  static async open(path: string): Promise<SparseIndex> {
    check.path('path', path)
    const index = await runJob([], undefined, () => native().SparseIndex.open(path))
    return new SparseIndex(new Lifetime('SparseIndex', index))
  }

  /**
   * A second object for an index that another thread of this process shared. The postings exist once, and
   * changes are seen by all; each object is disposed on its own.
   *
   * @throws DensenodeError DISPOSED when no object of this index is open any more.
   */
  static attach(handle: SparseIndexHandle): SparseIndex {
    return new SparseIndex(attachHandle('SparseIndex', handle, (id) => native().SparseIndex.attach(id)))
  }

  /**
   * A plain object for postMessage or workerData, good in every thread of this process while any object of the
   * index is open.
   */
  share(): SparseIndexHandle {
    return shareHandle('SparseIndex', this.#lifetime)
  }

  /** Memory of postings and ids, in bytes; of removed embeddings too, until most of them are removed. */
  override get memoryBytes(): number {
    return super.memoryBytes
  }

  /**
   * Adds embeddings, all or none. Token ids and weights are read in place and pinned until the promise settles.
   *
   * @param ids One id an embedding, from 0 to 2^63 - 2, distinct, and not in the index yet. Default: the largest
   *   id so far + 1 and on, from 0.
   * @throws RangeError for an id that is there already or twice in the call; for token ids that do not ascend
   *   within a row, and weights that are below 0 or not finite, with the row.
   */
  async add(embeddings: SparseEmbeddings, ids?: Ids | null): Promise<void> {
    const index = this.#lifetime.use('add')
    const { offsets, tokenIds, weights, count } = checkSparse('embeddings', embeddings)
    const given = check.idsOrNull('ids', ids, count, 'embeddings')
    return await runJob([this.#lifetime], undefined, () => index.add(offsets, tokenIds, weights, given))
  }

  /**
   * The k embeddings of the highest dot product with each query; those that share no token id with it are not
   * found, and equal scores stand in the order of adding.
   *
   * @param k From 1 to 16777216. Where fewer are found, rows end with id -1 and score -Infinity.
   * @throws RangeError as add(), for the queries.
   */
  async search(queries: SparseEmbeddings, k: number, options?: SparseSearchOptions): Promise<SearchResults> {
    const index = this.#lifetime.use('search')
    const { offsets, tokenIds, weights, count } = checkSparse('queries', queries)
    check.integer('k', k, 1, MAX_K)
    const given = check.options(options, ['filter', 'signal'], 'SparseIndex.search')
    const filter = checkFilter(given.filter)
    const { ids, scores } = allocateResults('queries', count, k)
    return await runJob([this.#lifetime], check.signal(given.signal), async (abort) => {
      await index.search(offsets, tokenIds, weights, k, ids, scores, abort.cancellation(), filter)
      return new SearchResults(ids, scores, count, k)
    })
  }
}
