import * as check from './checks'
import { INDEX_MODE } from './defaults'
import { wrongRange } from './errors'
import type { SearchFilter } from './filter'
import type { IndexParameters, SearchParameters } from './index-parameters'
import type { JobOptions } from './job'
import type { Metric } from './metric'

/* What the methods of VectorIndex take. */

/** Where the vectors are: in host memory, or on an NVIDIA GPU (`'cuda'` is `'cuda:0'`). */
export type IndexDevice = 'cpu' | 'cuda' | `cuda:${number}`
/** Type of the values that Flat keeps on a GPU. */
export type IndexStorage = 'fp32' | 'fp16'
/** How vectors lie on several GPUs: each on one of them, or all on each. */
export type IndexMode = 'shard' | 'replicate'

export interface MoveOptions {
  /**
   * For Flat on a GPU. `'fp16'` takes half the memory and is several times as fast in batches, with scores
   * rounded to about 3 digits; values must be within 65504. Default: as it is on a GPU, `'fp32'` from the
   * CPU.
   */
  storage?: IndexStorage
  /**
   * For a list of GPUs; nothing changes with one device. `'shard'` divides the vectors: an index may be as
   * large as the memory of all, and all search for every query. `'replicate'` puts all vectors on each, and
   * divides the queries of a search and the searches that run at the same time: as many more queries a
   * second, not more room. Default: `'shard'`.
   */
  mode?: IndexMode
}

export interface ByteCodesOptions {
  /**
   * Whether the searches of an index in host memory may keep one byte for each value beside vectors in fp32
   * (Flat, IVF with Flat, HNSW; of all other IVF beside the centroids): a quarter to a third more memory
   * (VectorIndex.recommend says how much), made as searches meet the vectors, for the same results in a part of the
   * time: on 2 cores with AMX exact search is 7 to 10 times as fast for one query and 26 to 45 times in batches of 32
   * and more, IVF with Flat 2 to 4 and 2 to 14 times, fast scan 1.3 to 1.5 times, HNSW
   * 1.4 times. Kept where that helps: `ip`, `cosine` or `l2`, 64 to 32,768 dimensions, for Flat 262,144 values or
   * more, a CPU with AVX-512 VNNI, not with `mmap`; never in a file. Searches of Flat and IVF for more than 1,024
   * neighbours, or with a filter that takes few vectors, do without. Default: true.
   */
  byteCodes?: boolean
}

export interface VectorIndexOptions extends MoveOptions, ByteCodesOptions {
  /** Values of one vector, from 1 to 65536. */
  dimension: number
  metric: Metric
  /**
   * FAISS factory string, such as `'IVF1000,Flat'` or `'HNSW32'`. Default: `'Flat'`, exact search. For
   * product quantizers write `'PQ16np'`: without "np" FAISS also trains for polysemous search, seconds a
   * sub-quantizer.
   */
  factory?: string
  /**
   * Where the vectors are kept and searched. On a GPU work Flat, SQfp16, `IVFn,Flat`, `IVFn,SQ4` to
   * `IVFn,SQfp16` and `IVFn,PQm` (8 bits; m of 1, 2, 3, 4, 8, 12, ..., 32, 40, 48, 56, 64, 96), also behind
   * PCA or OPQ, which then run on the CPU. A list of GPUs, such as `['cuda:0', 'cuda:1']`, spreads the index
   * over them as `mode` says; embeddings of a Retriever then go through host memory. Default: `'cpu'`.
   */
  device?: IndexDevice | readonly IndexDevice[]
  /**
   * How vectors are added, and what searches without parameters of their own use; save() keeps it.
   * `VectorIndex.recommend` gives these.
   */
  parameters?: IndexParameters
  /**
   * Name of the model that makes the embeddings, such as `model.name`: kept in the file, and a Retriever
   * refuses another model. Default: `''`, not known.
   */
  model?: string
}

export interface ImportOptions extends ByteCodesOptions {
  /**
   * A file of FAISS does not say that its vectors are normalized: `'cosine'` does, for one whose metric is
   * the inner product; queries and added vectors are then normalized here. Default: what the file says,
   * `'ip'`, `'l2'` or `'l1'`.
   */
  metric?: Metric
}

export interface OpenOptions extends MoveOptions, ByteCodesOptions {
  /**
   * Leave vectors in the mapped file, read by the system as they are needed; the index is then read-only.
   * Default: false. Not together with a GPU.
   */
  mmap?: boolean
  /** As in VectorIndexOptions. */
  device?: IndexDevice | readonly IndexDevice[]
}

export interface SearchOptions extends JobOptions {
  /** For this search alone; searches with different ones run side by side. Default: what the index has. */
  parameters?: SearchParameters
  /**
   * Which ids may come out. k results come wherever so many are allowed and there: where the index family
   * would give fewer, more is searched. Not on a GPU.
   */
  filter?: SearchFilter
}

export interface RangeSearchOptions extends SearchOptions {
  /**
   * Results of all queries together; a search that finds more is refused instead of filling the memory. From
   * 1 to 2147483647, of 12 bytes each. Default: 16777216.
   */
  maxResults?: number
}

export interface UpgradeOptions extends JobOptions {
  /**
   * FAISS factory string of what the index becomes. Default: what recommend() says for the vectors that it
   * holds.
   */
  factory?: string
  /** Of the new family, as in VectorIndexOptions. Default: with `factory` FAISS's, else recommend()'s. */
  parameters?: IndexParameters
  /**
   * Build the new index from vectors that this one keeps in a lossy form (PQ, SQ8, ...). Default: false.
   */
  allowLossy?: boolean
}

/** Numbers must be safe integers. A BigInt64Array is read in place, the others are copied into one. */
export type Ids = BigInt64Array | readonly bigint[] | readonly number[]

const DEVICES = ['cpu', 'cuda'] as const
const STORAGES = ['fp32', 'fp16'] as const
const MODES = ['shard', 'replicate'] as const

interface CheckedMove {
  devices: IndexDevice[]
  storage: IndexStorage | undefined
  mode: IndexMode
}

/** Where to, with the defaults. */
export function checkMove(device: unknown, given: MoveOptions): CheckedMove {
  const devices = check.devices('device', device, DEVICES)
  const mode = check.oneOf('mode', given.mode ?? INDEX_MODE, MODES)
  if (given.storage === undefined) return { devices, storage: undefined, mode }
  const storage = check.oneOf('storage', given.storage, STORAGES)
  if (devices[0] === 'cpu' && storage !== 'fp32')
    throw wrongRange('storage', '"fp32" on the CPU', storage, 'Use the factory string "SQfp16" there.')
  return { devices, storage, mode }
}
