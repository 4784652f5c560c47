import * as check from './checks'
import { INDEX_BYTE_CODES, INDEX_DEVICE, INDEX_FACTORY, MAX_DIMENSION } from './defaults'
import { wrongRange, wrongType } from './errors'
import { attachHandle, type IndexHandle, shareHandle } from './handle'
import { numbers } from './index-parameters'
import { runJob, runSync } from './job'
import { Lifetime } from './lifetime'
import { METRICS } from './metric'
import { type Binding, native } from './native'
import { type Recommendation, type RecommendOptions, recommend } from './recommend'
import { VectorIndexChange } from './vector-index-change'
import {
  checkMove,
  type ImportOptions,
  type IndexDevice,
  type MoveOptions,
  type OpenOptions,
  type VectorIndexOptions,
} from './vector-index-options'

/**
 * Vectors to nearest neighbours, by FAISS, on densenode's own threads. Searches run side by side. Changes, and
 * save() with them, run one after another in the order of the calls; searches wait for one at most while it
 * writes. On a GPU one thread a device does the work, and searches of many queries take turns.
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
export class VectorIndex extends VectorIndexChange {
  readonly #lifetime: Lifetime<Binding.VectorIndex>

  private constructor(lifetime: Lifetime<Binding.VectorIndex>) {
    super(lifetime)
    this.#lifetime = lifetime
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
      ['dimension', 'metric', 'factory', 'parameters', 'device', 'storage', 'mode', 'model', 'byteCodes'],
      'VectorIndex.create',
    )
    const dimension = check.integer('dimension', given.dimension, 1, MAX_DIMENSION)
    const metric = check.oneOf('metric', given.metric, METRICS)
    const factory = check.string('factory', given.factory ?? INDEX_FACTORY)
    const model = check.string('model', given.model ?? '')
    const parameters = numbers(given.parameters)
    const byteCodes = check.boolean('byteCodes', given.byteCodes ?? INDEX_BYTE_CODES)
    const { devices, storage, mode } = checkMove(given.device ?? INDEX_DEVICE, given)
    const index = runSync(() =>
      native().VectorIndex.create({ dimension, metric, factory, parameters, model, byteCodes }),
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
    const known = ['mmap', 'device', 'storage', 'mode', 'byteCodes'] as const
    const given = check.options(options, known, 'VectorIndex.open')
    const { mmap = false, byteCodes = INDEX_BYTE_CODES } = given
    check.boolean('mmap', mmap)
    check.boolean('byteCodes', byteCodes)
    const { devices, storage, mode } = checkMove(given.device ?? INDEX_DEVICE, given)
    const device = devices.join()
    if (mmap && device !== 'cpu')
      throw wrongRange('mmap', `false with device "${device}", which takes the vectors out of the file`, mmap)
    const index = await runJob([], undefined, () =>
      native().VectorIndex.open(path, mmap, device, storage, mode, byteCodes),
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
    return new VectorIndex(attachHandle('VectorIndex', handle, (id) => native().VectorIndex.attach(id)))
  }

  /**
   * A plain object for postMessage or workerData, good in every thread of this process while any object of
   * the index is open.
   */
  share(): IndexHandle {
    return shareHandle('VectorIndex', this.#lifetime)
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
    return await runJob([this.#lifetime], undefined, () => index.save(path))
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
    return await runJob([this.#lifetime], undefined, async () => {
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
    const given = check.options(options, ['metric', 'byteCodes'], 'VectorIndex.importFaiss')
    const metric = given.metric === undefined ? undefined : check.oneOf('metric', given.metric, METRICS)
    const byteCodes = check.boolean('byteCodes', given.byteCodes ?? INDEX_BYTE_CODES)
    const index = await runJob([], undefined, () => native().VectorIndex.importFaiss(path, metric, byteCodes))
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
    return await runJob([this.#lifetime], undefined, () => index.exportFaiss(path))
  }
}
