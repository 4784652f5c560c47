import * as check from './checks'
import { INDEX_DEVICE, INDEX_FACTORY, INDEX_MODE, MAX_DIMENSION } from './defaults'
import { Embeddings } from './embeddings'
import { misuseMessage, wrongRange, wrongType } from './errors'
import { checkHandle, type IndexHandle } from './handle'
import { runJob, runSync } from './job'
import { Lifetime, Resource } from './lifetime'
import { type Binding, native } from './native'
import { allocateResults, checkK, checkParameters } from './search'
import { SearchResults } from './search-results'

/**
 * How nearness is measured. `ip`: inner product, `cosine`: inner product of vectors scaled to length 1;
 * larger is nearer. `l2`: squared Euclidean distance, `l1`: sum of absolute differences; smaller is nearer.
 * On normalized embeddings ip, cosine and l2 rank alike.
 */
export type Metric = 'ip' | 'l2' | 'cosine' | 'l1'

/** Where the vectors are: in host memory, or on an NVIDIA GPU (`'cuda'` is `'cuda:0'`). */
export type IndexDevice = 'cpu' | 'cuda' | `cuda:${number}`
/** Type of the values that Flat keeps on a GPU. */
export type IndexStorage = 'fp32' | 'fp16'
/** How vectors lie on several GPUs: each on one of them, or all on each. */
export type IndexMode = 'shard' | 'replicate'

export interface MoveOptions {
  /**
   * For Flat on a GPU. `'fp16'` takes half the memory and is several times as fast in batches, with scores
   * rounded to about 3 digits; values must be within 65504. Default: as it is on a GPU, `'fp32'` from the CPU.
   */
  storage?: IndexStorage
  /**
   * For a list of GPUs; nothing changes with one device. `'shard'` divides the vectors: an index may be as large as
   * the memory of all, and all search for every query. `'replicate'` puts all vectors on each, and divides the
   * queries of a search and the searches that run at the same time: as many more queries a second, not more room.
   * Default: `'shard'`.
   */
  mode?: IndexMode
}

export interface VectorIndexOptions extends MoveOptions {
  /** Values of one vector, from 1 to 65536. */
  dimension: number
  metric: Metric
  /**
   * FAISS factory string, such as `'IVF1000,Flat'` or `'HNSW32'`. Default: `'Flat'`, exact search. For product
   * quantizers write `'PQ16np'`: without "np" FAISS also trains for polysemous search, seconds a sub-quantizer.
   */
  factory?: string
  /**
   * Where the vectors are kept and searched. On a GPU work Flat, SQfp16, `IVFn,Flat`, `IVFn,SQ4` to
   * `IVFn,SQfp16` and `IVFn,PQm` (8 bits; m of 1, 2, 3, 4, 8, 12, ..., 32, 40, 48, 56, 64, 96), also behind PCA
   * or OPQ, which then run on the CPU. A list of GPUs, such as `['cuda:0', 'cuda:1']`, spreads the index over
   * them as `mode` says; embeddings of a Retriever then go through host memory. Default: `'cpu'`.
   */
  device?: IndexDevice | readonly IndexDevice[]
  /**
   * Name of the model that makes the embeddings, such as `model.name`: kept in the file, and a Retriever refuses
   * another model. Default: `''`, not known.
   */
  model?: string
}

export interface ImportOptions {
  /**
   * A file of FAISS does not say that its vectors are normalized: `'cosine'` does, for one whose metric is the inner
   * product; queries and added vectors are then normalized here. Default: what the file says, `'ip'`, `'l2'` or
   * `'l1'`.
   */
  metric?: Metric
}

export interface OpenOptions extends MoveOptions {
  /**
   * Leave vectors in the mapped file, read by the system as they are needed; the index is then read-only.
   * Default: false. Not together with a GPU.
   */
  mmap?: boolean
  /** As in VectorIndexOptions. */
  device?: IndexDevice | readonly IndexDevice[]
}

export interface JobOptions {
  /** Stops the work; the promise then rejects with the signal's reason, and the index is as before. */
  signal?: AbortSignal
}

export interface SearchOptions extends JobOptions {
  /**
   * Search parameters of the index family by FAISS name, such as `nprobe` for IVF and `efSearch` for HNSW.
   */
  parameters?: Record<string, number>
}

/** Row-major vectors of the index's dimension, one or more. Read in place, not copied. */
export type Vectors = Float32Array | Embeddings
/** Numbers must be safe integers. A BigInt64Array is read in place, the others are copied into one. */
export type Ids = BigInt64Array | readonly bigint[] | readonly number[]

const METRICS = ['ip', 'l2', 'cosine', 'l1'] as const
const DEVICES = ['cpu', 'cuda'] as const
const STORAGES = ['fp32', 'fp16'] as const
const MODES = ['shard', 'replicate'] as const

/**
 * Vectors to nearest neighbours, by FAISS, on densenode's own threads. Searches run side by side; changes
 * wait for them. On a GPU one thread a device does the work, and searches of many queries take turns.
 *
 * Arrays given to a method are read in place and pinned until its promise settles: do not change or transfer
 * them before. Await one change before the next: their order is not otherwise kept.
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
  /** FAISS factory string. */
  readonly factory: string
  /** Name of the model that made the embeddings; `''`: not known. */
  readonly model: string

  private constructor(lifetime: Lifetime<Binding.VectorIndex>) {
    super(lifetime, 'await VectorIndex.create(options) or VectorIndex.open(path).')
    this.#lifetime = lifetime
    const index = lifetime.use('create')
    this.dimension = index.dimension
    this.metric = index.metric as Metric
    this.factory = index.factory
    this.model = index.model
  }

  /**
   * An empty index.
   *
   * @throws DensenodeError INDEX_INVALID for a factory string that FAISS refuses, with its reason;
   *   INDEX_UNSUPPORTED for a family that has no form on `device`, DEVICE_UNAVAILABLE, OUT_OF_MEMORY.
   */
  static async create(options: VectorIndexOptions): Promise<VectorIndex> {
    if (options === undefined) throw wrongType('options', 'an object with "dimension" and "metric"', options)
    const given = check.options(
      options,
      ['dimension', 'metric', 'factory', 'device', 'storage', 'mode', 'model'],
      'VectorIndex.create',
    )
    const dimension = check.integer('dimension', given.dimension, 1, MAX_DIMENSION)
    const metric = check.oneOf('metric', given.metric, METRICS)
    const factory = check.string('factory', given.factory ?? INDEX_FACTORY)
    const model = check.string('model', given.model ?? '')
    const { devices, storage, mode } = checkMove(given.device ?? INDEX_DEVICE, given)
    const index = runSync(() => native().VectorIndex.create({ dimension, metric, factory, model }))
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
   * Memory of vectors or codes, ids and links, in bytes; of a GPU's memory what FAISS holds for this index, on
   * several the sum.
   */
  get memoryBytes(): number {
    return this.#lifetime.use('memoryBytes').memoryBytes
  }

  /**
   * Learns the structure of the index (cells, codebooks) from sample vectors; IVF wants about 39 to 256 of
   * them a cell. Does nothing for families that do not learn. Uses all of densenode's threads.
   *
   * @throws RangeError for NaN, infinity or a norm above 9.2e18 (whose distances would be infinite), with the row,
   *   and for too few vectors.
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
   * @param ids One id a vector, from 0 to 2^63 - 2, distinct, and not in the index yet. Default: the largest id so
   *   far + 1 and on, from 0.
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
   * Removes vectors by id and resolves with how many were there.
   *
   * On a GPU, where FAISS cannot remove, the index is copied to host memory, changed and brought back, which
   * takes as long as to() there and back: collect removals.
   *
   * @throws DensenodeError INDEX_UNSUPPORTED for families that cannot remove.
   */
  async remove(ids: Ids): Promise<number> {
    const index = this.#lifetime.use('remove')
    const given = check.ids('ids', ids)
    return runJob([this.#lifetime], undefined, () => index.remove(given))
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
    const given = check.options(options, ['parameters', 'signal'], 'VectorIndex.search')
    const parameters = checkParameters(index, given.parameters)
    const signal = check.signal(given.signal)
    const count = data.length / this.dimension
    const { ids, scores } = allocateResults('queries', count, k)
    return runJob([this.#lifetime], signal, async (abort) => {
      await index.search(data, k, parameters, ids, scores, abort.cancellation())
      return new SearchResults(ids, scores, count, k)
    })
  }

  /**
   * A copy of the stored vector of an id; lossy families (PQ, scalar quantizers) give what they kept of it.
   *
   * @throws RangeError for an id that is not in the index; DensenodeError INDEX_UNSUPPORTED.
   */
  async reconstruct(id: number | bigint): Promise<Float32Array> {
    const index = this.#lifetime.use('reconstruct')
    const key = check.id('id', id)
    const out = new Float32Array(this.dimension)
    return runJob([this.#lifetime], undefined, async () => {
      await index.reconstruct(key, out)
      return out
    })
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
   * Brings the vectors to another device or several, and back to host memory with `'cpu'`. Searches go on where the
   * vectors are until they have arrived; changes wait. The index stays the same object, for every thread that
   * holds it, and save() writes the same file from everywhere. One that was opened with mmap can be changed
   * afterwards.
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
   * Reads a file that FAISS itself wrote, such as Python's `faiss.write_index`. The whole file is followed and checked
   * before FAISS reads it. Ids are those of an IndexIDMap or of inverted lists, or else the positions from 0; `factory`
   * is read off the parts (an OPQ's number of sub-vectors, which FAISS does not write, is taken from the codes).
   *
   * @throws DensenodeError FILE_NOT_FOUND, FILE_UNREADABLE, FILE_CORRUPT; INDEX_UNSUPPORTED with the name of a family that
   *   densenode does not make, and for negative ids or an id twice; RangeError for another metric than the file's.
   */
  static async importFaiss(path: string, options?: ImportOptions): Promise<VectorIndex> {
    check.path('path', path)
    const given = check.options(options, ['metric'], 'VectorIndex.importFaiss')
    const metric = given.metric === undefined ? undefined : check.oneOf('metric', given.metric, METRICS)
    const index = await runJob([], undefined, () => native().VectorIndex.importFaiss(path, metric))
    return new VectorIndex(new Lifetime('VectorIndex', index))
  }

  /**
   * Writes a file that FAISS itself reads, such as Python's `faiss.read_index`: with an IndexIDMap2 where ids are not
   * the positions and inverted lists do not keep them. The file says neither `'cosine'` (normalize queries before FAISS
   * searches them) nor the model's name. Written as save() writes.
   *
   * @throws DensenodeError FILE_WRITE_FAILED.
   */
  async exportFaiss(path: string): Promise<void> {
    const index = this.#lifetime.use('exportFaiss')
    check.path('path', path)
    return runJob([this.#lifetime], undefined, () => index.exportFaiss(path))
  }

  #vectors(option: string, value: Vectors): Float32Array {
    if (!(value instanceof Embeddings)) return check.vectors(option, value, this.dimension)
    if (value.dimension !== this.dimension)
      throw new RangeError(
        misuseMessage(option, `embeddings of dimension ${this.dimension}`, `dimension ${value.dimension}`),
      )
    return check.float32Array(option, value.data)
  }
}

interface CheckedMove {
  devices: IndexDevice[]
  storage: IndexStorage | undefined
  mode: IndexMode
}

function checkMove(device: unknown, given: MoveOptions): CheckedMove {
  const devices = check.devices('device', device, DEVICES)
  const mode = check.oneOf('mode', given.mode ?? INDEX_MODE, MODES)
  if (given.storage === undefined) return { devices, storage: undefined, mode }
  const storage = check.oneOf('storage', given.storage, STORAGES)
  if (devices[0] === 'cpu' && storage !== 'fp32')
    throw wrongRange('storage', '"fp32" on the CPU', storage, 'Use the factory string "SQfp16" there.')
  return { devices, storage, mode }
}
