import * as check from './checks'
import { INDEX_DEVICE, INDEX_FACTORY, MAX_DIMENSION, MAX_INT32, RANGE_MAX_RESULTS } from './defaults'
import { wrongRange, wrongType } from './errors'
import { checkFilter } from './filter'
import { checkHandle, type IndexHandle } from './handle'
import { type IndexParameters, numbers, type SearchParameters } from './index-parameters'
import { runJob, runSync } from './job'
import { Lifetime, lifetimeOf, Resource } from './lifetime'
import { METRICS, type Metric } from './metric'
import { type Binding, native } from './native'
import { RangeResults } from './range-results'
import { type Recommendation, type RecommendOptions, recommend } from './recommend'
import { allocateResults, checkK, checkParameters } from './search'
import { SearchResults } from './search-results'
import { type TuneOptions, tune } from './tune'
import type { TuneResult } from './tuning'
import {
  checkMove,
  type Ids,
  type ImportOptions,
  type IndexDevice,
  type JobOptions,
  type MoveOptions,
  type OpenOptions,
  type RangeSearchOptions,
  type SearchOptions,
  type UpgradeOptions,
  type VectorIndexOptions,
} from './vector-index-options'
import { type Vectors, vectorData } from './vectors'

/**
 * Vectors to nearest neighbours, by FAISS, on densenode's own threads. Searches run side by side; changes, and
 * save() with them, run one after another in the order of the calls, and hold no thread while they wait. On a GPU one thread a device does the work, and searches of many queries take turns.
 *
 * Arrays given to a method are read in place and pinned until its promise settles: do not change or transfer
 * them before.
 *
 * @example
 * const index = await VectorIndex.create({ dimension: model.dimension, metric: 'cosine' })
 * await index.add(await model.embed(passages))
 * const results = await index.search(await model.embed('a question'), 10)
 * for (const { id, score } of results.hits(0)) console.log(score, passages[id])
 */
export class VectorIndex extends Resource {
  readonly #lifetime: Lifetime<Binding.VectorIndex>
  /** Values of one vector. Stays readable after dispose(), as metric and factory do. */
  readonly dimension: number
  readonly metric: Metric
  /** Name of the model that made the embeddings; `''`: not known. */
  readonly model: string
  #factory: string

  private constructor(lifetime: Lifetime<Binding.VectorIndex>) {
    super(lifetime, 'await VectorIndex.create(options) or VectorIndex.open(path).')
    this.#lifetime = lifetime
    const index = lifetime.use('create')
    this.dimension = index.dimension
    this.metric = index.metric as Metric
    this.model = index.model
    this.#factory = index.factory
  }

  /**
   * The family and parameters for so many vectors, with what to expect of them; measured on real embeddings.
   * No index is made and no work done.
   *
   * @example
   * const { factory, parameters } = VectorIndex.recommend({ count: 500_000, dimension: 384 })
   * const index = await VectorIndex.create({ dimension: 384, metric: 'cosine', factory, parameters })
   *
   * @throws RangeError where no family fits `memoryBytes`.
   */
  static recommend(options: RecommendOptions): Recommendation {
    return recommend(options)
  }

  /**
   * An empty index.
   *
   * @throws RangeError for a parameter that the family does not have, with those that it has.
   * @throws DensenodeError INDEX_INVALID for a factory string that FAISS refuses, with its reason;
   *   INDEX_UNSUPPORTED for a family that has no form on `device`, DEVICE_UNAVAILABLE, OUT_OF_MEMORY.
   */
  static async create(options: VectorIndexOptions): Promise<VectorIndex> {
    if (options === undefined) throw wrongType('options', 'an object with "dimension" and "metric"', options)
    const given = check.options(
      options,
      ['dimension', 'metric', 'factory', 'parameters', 'device', 'storage', 'mode', 'model'],
      'VectorIndex.create',
    )
    const dimension = check.integer('dimension', given.dimension, 1, MAX_DIMENSION)
    const metric = check.oneOf('metric', given.metric, METRICS)
    const factory = check.string('factory', given.factory ?? INDEX_FACTORY)
    const model = check.string('model', given.model ?? '')
    const parameters = numbers(given.parameters)
    const { devices, storage, mode } = checkMove(given.device ?? INDEX_DEVICE, given)
    const index = runSync(() =>
      native().VectorIndex.create({ dimension, metric, factory, parameters, model }),
    )
    const created = new VectorIndex(new Lifetime('VectorIndex', index))
    if (devices[0] === 'cpu') return created
    try {
      return await created.to(devices, { storage, mode })
    } catch (error) {
      void created.dispose()
      throw error
    }
  }

  /**
   * Reads a file that save() wrote; it is verified as a whole before it is used.
   *
   * @throws DensenodeError FILE_NOT_FOUND, FILE_UNREADABLE, FILE_CORRUPT or OUT_OF_MEMORY; for a GPU as to().
   */
  static async open(path: string, options?: OpenOptions): Promise<VectorIndex> {
    check.path('path', path)
    const given = check.options(options, ['mmap', 'device', 'storage', 'mode'], 'VectorIndex.open')
    const { mmap = false } = given
    check.boolean('mmap', mmap)
    const { devices, storage, mode } = checkMove(given.device ?? INDEX_DEVICE, given)
    const device = devices.join()
    if (mmap && device !== 'cpu')
      throw wrongRange('mmap', `false with device "${device}", which takes the vectors out of the file`, mmap)
    const index = await runJob([], undefined, () =>
      native().VectorIndex.open(path, mmap, device, storage, mode),
    )
    return new VectorIndex(new Lifetime('VectorIndex', index))
  }

  /**
   * A second object for an index that another thread of this process shared. The vectors exist once, and
   * changes are seen by all; each object is disposed on its own.
   *
   * @throws DensenodeError DISPOSED when no object of this index is open any more.
   */
  static attach(handle: IndexHandle): VectorIndex {
    const id = checkHandle(handle, 'VectorIndex')
    const index = runSync(() => native().VectorIndex.attach(id))
    return new VectorIndex(new Lifetime('VectorIndex', index))
  }

  /**
   * A plain object for postMessage or workerData, good in every thread of this process while any object of
   * the index is open.
   */
  share(): IndexHandle {
    const index = this.#lifetime.use('share')
    return { type: 'VectorIndex', id: runSync(() => index.share()), pid: process.pid }
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

  /** Where the vectors are now: `'cpu'`, `'cuda:N'`, or several in one string, `'cuda:0,cuda:1'`. */
  get device(): string {
    return this.#lifetime.use('device').device
  }

  /**
   * Memory of vectors or codes, ids and links, in bytes; of a GPU's memory what FAISS holds for this index,
   * on several the sum.
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
   * Sets what searches without parameters of their own use, for every thread that holds this index; save()
   * keeps it. Parameters that are not given stay.
   *
   * @throws RangeError for a parameter that the family does not have.
   */
  async setSearchParameters(parameters: SearchParameters): Promise<void> {
    const index = this.#lifetime.use('setSearchParameters')
    const given = checkParameters(index, parameters)
    return runJob([this.#lifetime], undefined, () => index.setSearchParameters(given))
  }

  /**
   * Measures which search parameters reach a recall, and makes the fastest of them those of every search
   * without its own; save() keeps them. Where none reaches it, the index stays as it is, and `reached` is
   * false.
   *
   * Give queries as searches will: some hundreds, not the stored vectors themselves. They are searched a few
   * dozen times on densenode's threads, and once exactly where no `groundTruth` is given; times mean most
   * while nothing else runs.
   *
   * @example
   * const { reached, parameters, recall } = await index.tune(queries, { recall: 0.95, k: 10 })
   *
   * @throws RangeError where the index is empty, or keeps codes alone and no `groundTruth` is given.
   */
  async tune(queries: Vectors, options: TuneOptions): Promise<TuneResult> {
    const index = this.#lifetime.use('tune')
    return tune(this.#lifetime, index, this.#vectors('queries', queries), options)
  }

  /**
   * Learns the structure of the index (cells, codebooks) from sample vectors; IVF wants about 39 to 256 of
   * them a cell. Does nothing for families that do not learn. Uses all of densenode's threads.
   *
   * @throws RangeError for NaN, infinity or a norm above 9.2e18 (behind PCA, OPQ and other transforms 1e9), whose
   *   distances would be infinite, with the row; for too few vectors, and for whitening (PCAW) of vectors without
   *   spread in some direction.
   */
  async train(vectors: Vectors, options?: JobOptions): Promise<void> {
    const index = this.#lifetime.use('train')
    const data = this.#vectors('vectors', vectors)
    const { signal } = check.options(options, ['signal'], 'VectorIndex.train')
    return runJob([this.#lifetime], check.signal(signal), (abort) => index.train(data, abort.cancellation()))
  }

  /**
   * Adds vectors, all or none.
   *
   * @param ids One id a vector, from 0 to 2^63 - 2, distinct, and not in the index yet. Default: the largest
   *   id so far + 1 and on, from 0.
   * @throws RangeError for an id that is there already, NaN or infinity; DensenodeError INDEX_NOT_TRAINED.
   */
  async add(vectors: Vectors, ids?: Ids | null, options?: JobOptions): Promise<void> {
    const index = this.#lifetime.use('add')
    const data = this.#vectors('vectors', vectors)
    const given =
      ids === undefined || ids === null ? null : check.ids('ids', ids, data.length / this.dimension)
    const { signal } = check.options(options, ['signal'], 'VectorIndex.add')
    return runJob([this.#lifetime], check.signal(signal), (abort) =>
      index.add(data, given, abort.cancellation()),
    )
  }

  /**
   * Gives ids new vectors, all or none: searches find the old vectors or the new ones.
   *
   * Flat, SQ and PQ write in place; other families remove and add, and the GPU goes through host memory:
   * collect updates there.
   *
   * @param ids Distinct ids of the index, one a vector.
   * @throws RangeError for an id that is not in the index, NaN or infinity.
   */
  async update(vectors: Vectors, ids: Ids, options?: JobOptions): Promise<void> {
    await this.#update('update', vectors, ids, options)
  }

  /**
   * The same, but ids that are not in the index are added. Resolves with how many were.
   *
   * @throws RangeError for NaN or infinity; DensenodeError INDEX_NOT_TRAINED.
   */
  async upsert(vectors: Vectors, ids: Ids, options?: JobOptions): Promise<number> {
    return this.#update('upsert', vectors, ids, options)
  }

  #update(method: 'update' | 'upsert', vectors: Vectors, ids: Ids, options?: JobOptions): Promise<number> {
    const index = this.#lifetime.use(method)
    const data = this.#vectors('vectors', vectors)
    const given = check.ids('ids', ids, data.length / this.dimension)
    const { signal } = check.options(options, ['signal'], `VectorIndex.${method}`)
    return runJob([this.#lifetime], check.signal(signal), (abort) =>
      index.update(data, given, method === 'upsert', abort.cancellation()),
    )
  }

  /**
   * Removes vectors by id and resolves with how many were there.
   *
   * Where FAISS cannot take vectors out (HNSW, IVF with refinement) they are marked: no search finds them,
   * their ids are free again, and save() keeps the marks, but their memory stays taken until compact(). On a
   * GPU, where FAISS cannot remove, the index is copied to host memory, changed and brought back, which takes
   * as long as to() there and back: collect removals.
   */
  async remove(ids: Ids): Promise<number> {
    const index = this.#lifetime.use('remove')
    const given = check.ids('ids', ids)
    return runJob([this.#lifetime], undefined, () => index.remove(given))
  }

  /**
   * Adds all vectors of another index under their ids, all or none; the other one stays as it is. What was
   * trained alike (both opened from one saved, trained, empty index) is copied code by code.
   *
   * @param other Of the same dimension and metric; of another factory string where it keeps whole vectors.
   * @throws RangeError for another dimension or metric, and for an id that is in both; DensenodeError
   *   INDEX_UNSUPPORTED where vectors in a lossy form would lose once more, INDEX_NOT_TRAINED.
   */
  async merge(other: VectorIndex): Promise<void> {
    const index = this.#lifetime.use('merge')
    if (!(other instanceof VectorIndex)) throw wrongType('other', 'a VectorIndex', other)
    const its = lifetimeOf<Binding.VectorIndex>(other)
    const native = its.use('merge')
    return runJob([this.#lifetime, its], undefined, () => index.merge(native))
  }

  /**
   * Makes this an index of another family, trained on the vectors that it holds, under the same ids: an index
   * that begins as Flat and grows. Searches go on with the old one until the new one is there; changes wait.
   * It stays the same object for every thread that holds it. Takes one of densenode's threads, and memory for
   * both.
   *
   * @example
   * await index.upgrade() // to what VectorIndex.recommend says for so many vectors
   * await index.upgrade({ factory: 'IVF1000,Flat', parameters: { nprobe: 32 } })
   *
   * @throws DensenodeError INDEX_INVALID for the factory string; INDEX_UNSUPPORTED where the index keeps its
   *   vectors in a lossy form, unless allowLossy, and for a family without a form on the index's GPU;
   *   RangeError where it holds too few vectors to train the new family. The index is then as before.
   */
  async upgrade(options?: UpgradeOptions): Promise<void> {
    const index = this.#lifetime.use('upgrade')
    const known = ['factory', 'parameters', 'allowLossy', 'signal'] as const
    const given = check.options(options, known, 'VectorIndex.upgrade')
    const allowLossy = check.boolean('allowLossy', given.allowLossy ?? false)
    const signal = check.signal(given.signal)
    let parameters: IndexParameters | undefined = numbers(given.parameters)
    let factory = given.factory
    if (factory === undefined) {
      const { count, dimension, metric } = this
      const device = index.device.split(',')[0] as IndexDevice
      ;({ factory, parameters } = recommend({ count: Math.max(1, count), dimension, metric, device }))
      parameters = { ...parameters, ...numbers(given.parameters) }
    }
    check.string('factory', factory)
    return runJob([this.#lifetime], signal, (abort) =>
      index.upgrade(factory, numbers(parameters), allowLossy, abort.cancellation()),
    )
  }

  /**
   * Gives back the memory of removed vectors, where the family only marks them (HNSW, IVF with refinement),
   * by building it anew; does nothing otherwise. As upgrade(), but with what was learnt already. Worth it
   * when a large part was removed: searches pass over the marks.
   */
  async compact(options?: JobOptions): Promise<void> {
    const index = this.#lifetime.use('compact')
    const { signal } = check.options(options, ['signal'], 'VectorIndex.compact')
    return runJob([this.#lifetime], check.signal(signal), (abort) => index.compact(abort.cancellation()))
  }

  /**
   * The k nearest vectors of each query. Queries are read in place; native threads write straight into the
   * arrays of the result.
   *
   * @param queries One vector or many: n x dimension values give n rows of results.
   * @param k From 1 to 16777216, on a GPU to 2048. Where the index has fewer, rows end with id -1. On a GPU
   *   `nprobe` goes to 2048 too, and is the only search parameter.
   * @throws RangeError for a parameter that the index family does not have, NaN or infinity; DensenodeError
   *   INDEX_NOT_TRAINED.
   */
  async search(queries: Vectors, k: number, options?: SearchOptions): Promise<SearchResults> {
    const index = this.#lifetime.use('search')
    const data = this.#vectors('queries', queries)
    checkK(index, k)
    const given = check.options(options, ['parameters', 'filter', 'signal'], 'VectorIndex.search')
    const parameters = checkParameters(index, given.parameters)
    const filter = checkFilter(given.filter)
    const signal = check.signal(given.signal)
    const count = data.length / this.dimension
    const { ids, scores } = allocateResults('queries', count, k)
    return runJob([this.#lifetime], signal, async (abort) => {
      await index.search(data, k, parameters, ids, scores, abort.cancellation(), filter)
      return new SearchResults(ids, scores, count, k)
    })
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
    const data = this.#vectors('queries', queries)
    check.finite('radius', radius)
    const known = ['parameters', 'filter', 'maxResults', 'signal'] as const
    const given = check.options(options, known, 'VectorIndex.rangeSearch')
    const parameters = checkParameters(index, given.parameters)
    const filter = checkFilter(given.filter)
    const most = check.integer('maxResults', given.maxResults ?? RANGE_MAX_RESULTS, 1, MAX_INT32)
    return runJob([this.#lifetime], check.signal(given.signal), async (abort) => {
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
    return runJob([this.#lifetime], undefined, () => index.has(key))
  }

  /** All ids, ascending. */
  async ids(): Promise<BigInt64Array> {
    const index = this.#lifetime.use('ids')
    return runJob([this.#lifetime], undefined, () => index.ids())
  }

  /**
   * Writes the index to a file: beside it first, then renamed over it, so that a crash leaves the old file or
   * the new one.
   *
   * @throws DensenodeError FILE_WRITE_FAILED.
   */
  async save(path: string): Promise<void> {
    const index = this.#lifetime.use('save')
    check.path('path', path)
    return runJob([this.#lifetime], undefined, () => index.save(path))
  }

  /**
   * Brings the vectors to another device or several, and back to host memory with `'cpu'`. Searches go on
   * where the vectors are until they have arrived; changes wait. The index stays the same object, for every
   * thread that holds it, and save() writes the same file from everywhere. One that was opened with mmap can
   * be changed afterwards.
   *
   * @example
   * await index.to(['cuda:0', 'cuda:1'], { mode: 'shard' })
   *
   * @param device One device, or a list of different GPUs; a list of one is that device.
   * @returns This index.
   * @throws DensenodeError DEVICE_UNAVAILABLE with what is missing and the remedy, INDEX_UNSUPPORTED for a
   *   family that has no form on a GPU, OUT_OF_MEMORY; the index is then as before.
   */
  async to(device: IndexDevice | readonly IndexDevice[], options?: MoveOptions): Promise<this> {
    const index = this.#lifetime.use('to')
    const given = check.options(options, ['storage', 'mode'], 'VectorIndex.to')
    const { devices, storage, mode } = checkMove(device, given)
    return runJob([this.#lifetime], undefined, async () => {
      await index.to(devices.join(), storage, mode)
      return this
    })
  }

  /**
   * Reads a file that FAISS itself wrote, such as Python's `faiss.write_index`. The whole file is followed
   * and checked before FAISS reads it. Ids are those of an IndexIDMap or of inverted lists, or else the
   * positions from 0; `factory` is read off the parts (an OPQ's number of sub-vectors, which FAISS does not
   * write, is taken from the codes).
   *
   * @throws DensenodeError FILE_NOT_FOUND, FILE_UNREADABLE, FILE_CORRUPT; INDEX_UNSUPPORTED with the name of
   *   a family that densenode does not make, and for negative ids or an id twice; RangeError for another
   *   metric than the file's.
   */
  static async importFaiss(path: string, options?: ImportOptions): Promise<VectorIndex> {
    check.path('path', path)
    const given = check.options(options, ['metric'], 'VectorIndex.importFaiss')
    const metric = given.metric === undefined ? undefined : check.oneOf('metric', given.metric, METRICS)
    const index = await runJob([], undefined, () => native().VectorIndex.importFaiss(path, metric))
    return new VectorIndex(new Lifetime('VectorIndex', index))
  }

  /**
   * Writes a file that FAISS itself reads, such as Python's `faiss.read_index`: with an IndexIDMap2 where ids
   * are not the positions and inverted lists do not keep them. The file says neither `'cosine'` (normalize
   * queries before FAISS searches them) nor the model's name. Written as save() writes.
   *
   * @throws DensenodeError FILE_WRITE_FAILED.
   */
  async exportFaiss(path: string): Promise<void> {
    const index = this.#lifetime.use('exportFaiss')
    check.path('path', path)
    return runJob([this.#lifetime], undefined, () => index.exportFaiss(path))
  }

  #vectors(option: string, value: Vectors): Float32Array {
    return vectorData(option, value, this.dimension)
  }
}
