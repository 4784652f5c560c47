import * as check from './checks'
import { wrongType } from './errors'
import { type IndexParameters, numbers, type SearchParameters } from './index-parameters'
import { type JobOptions, runJob } from './job'
import { type Lifetime, lifetimeOf } from './lifetime'
import type { Binding } from './native'
import { recommend } from './recommend'
import { checkParameters } from './search'
import { type TuneOptions, tune } from './tune'
import type { TuneResult } from './tuning'
import type { Ids, IndexDevice, UpgradeOptions } from './vector-index-options'
import { VectorIndexSearch } from './vector-index-search'
import { type Vectors, vectorData } from './vectors'

/** The part of VectorIndex that changes it. */
export abstract class VectorIndexChange extends VectorIndexSearch {
  readonly #lifetime: Lifetime<Binding.VectorIndex>

  protected constructor(lifetime: Lifetime<Binding.VectorIndex>) {
    super(lifetime)
    this.#lifetime = lifetime
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
    return await runJob([this.#lifetime], undefined, () => index.setSearchParameters(given))
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
    return tune(this.#lifetime, index, vectorData('queries', queries, this.dimension), options)
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
    const data = vectorData('vectors', vectors, this.dimension)
    const { signal } = check.options(options, ['signal'], 'VectorIndex.train')
    return await runJob([this.#lifetime], check.signal(signal), (abort) =>
      index.train(data, abort.cancellation()),
    )
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
    const data = vectorData('vectors', vectors, this.dimension)
    const given = check.idsOrNull('ids', ids, data.length / this.dimension)
    const { signal } = check.options(options, ['signal'], 'VectorIndex.add')
    return await runJob([this.#lifetime], check.signal(signal), (abort) =>
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
    const data = vectorData('vectors', vectors, this.dimension)
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
    return await runJob([this.#lifetime], undefined, () => index.remove(given))
  }

  /**
   * Adds all vectors of another index under their ids, all or none; the other one stays as it is. What was
   * trained alike (both opened from one saved, trained, empty index) is copied code by code.
   *
   * @param other Of the same dimension and metric; of another factory string where it keeps whole vectors.
   * @throws RangeError for another dimension or metric, and for an id that is in both; DensenodeError
   *   INDEX_UNSUPPORTED where vectors in a lossy form would lose once more, INDEX_NOT_TRAINED.
   */
  async merge(other: VectorIndexChange): Promise<void> {
    const index = this.#lifetime.use('merge')
    if (!(other instanceof VectorIndexChange)) throw wrongType('other', 'a VectorIndex', other)
    const its = lifetimeOf<Binding.VectorIndex>(other)
    const native = its.use('merge')
    return await runJob([this.#lifetime, its], undefined, () => index.merge(native))
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
      const { count, dimension, metric, byteCodes } = this
      const device = index.device.split(',')[0] as IndexDevice
      const vectors = { count: Math.max(1, count), dimension, metric, device, byteCodes }
      ;({ factory, parameters } = recommend(vectors))
      parameters = { ...parameters, ...numbers(given.parameters) }
    }
    check.string('factory', factory)
    return await runJob([this.#lifetime], signal, (abort) =>
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
    return await runJob([this.#lifetime], check.signal(signal), (abort) =>
      index.compact(abort.cancellation()),
    )
  }
}
