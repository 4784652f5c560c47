import { misuseMessage, wrongType } from './errors'
import { runSync } from './job'
import type { Lifetime } from './lifetime'

/**
 * What share() gives and attach() takes: plain, so that it can be posted to a worker thread of the same
 * process.
 */
export interface ModelHandle {
  readonly type: 'EmbeddingModel'
  readonly id: bigint
  readonly pid: number
}

/** As ModelHandle, for an index. */
export interface IndexHandle {
  readonly type: 'VectorIndex'
  readonly id: bigint
  readonly pid: number
}

/** As ModelHandle, for an adapter. */
export interface AdapterHandle {
  readonly type: 'LinearAdapter'
  readonly id: bigint
  readonly pid: number
}

/** As ModelHandle, for a lexical index. */
export interface LexicalHandle {
  readonly type: 'Bm25Index' | 'TfidfIndex'
  readonly id: bigint
  readonly pid: number
}

/** As ModelHandle, for a binary index. */
export interface BinaryIndexHandle {
  readonly type: 'BinaryIndex'
  readonly id: bigint
  readonly pid: number
}

/** As ModelHandle, for a multi-vector encoder. */
export interface MultiVectorEncoderHandle {
  readonly type: 'MultiVectorEncoder'
  readonly id: bigint
  readonly pid: number
}

/** As ModelHandle, for a reranker. */
export interface RerankerHandle {
  readonly type: 'Reranker'
  readonly id: bigint
  readonly pid: number
}

/** As ModelHandle, for a sparse encoder. */
export interface SparseEncoderHandle {
  readonly type: 'SparseEncoder'
  readonly id: bigint
  readonly pid: number
}

/** As ModelHandle, for an index of sparse embeddings. */
export interface SparseIndexHandle {
  readonly type: 'SparseIndex'
  readonly id: bigint
  readonly pid: number
}

export type Handle =
  | ModelHandle
  | IndexHandle
  | LexicalHandle
  | AdapterHandle
  | BinaryIndexHandle
  | MultiVectorEncoderHandle
  | RerankerHandle
  | SparseEncoderHandle
  | SparseIndexHandle

interface Shareable {
  share(): bigint
  dispose(): void | Promise<void>
}

/** What share() of the classes does. */
export function shareHandle<Type extends Handle['type']>(type: Type, lifetime: Lifetime<Shareable>) {
  const shared = lifetime.use('share')
  return { type, id: runSync(() => shared.share()), pid: process.pid } as const
}

/** The id of a handle of class `type`. */
export function checkHandle(handle: unknown, type: Handle['type']): bigint {
  const expected = `a handle that ${type}.share() gave`
  if (typeof handle !== 'object' || handle === null) throw wrongType('handle', expected, handle)
  const { type: kind, id, pid } = handle as Partial<Handle>
  if (typeof id !== 'bigint' || id < 0n || id >= 2n ** 64n || typeof kind !== 'string')
    throw wrongType('handle', expected, handle)
  if (kind !== type) throw new TypeError(misuseMessage('handle', expected, `one of ${JSON.stringify(kind)}`))
  if (pid !== process.pid)
    throw new RangeError(
      misuseMessage(
        'handle',
        `a handle of this process (${process.pid})`,
        `one of process ${pid}`,
        'Handles reach worker threads, not other processes: load the model or open the index there.',
      ),
    )
  return id
}
