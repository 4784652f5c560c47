import { misuseMessage, wrongType } from './errors'
import { runSync } from './job'
import { Lifetime } from './lifetime'

/**
 * What share() gives and attach() takes: plain, so that it can be posted to a worker thread of the same
 * process.
 */
interface HandleOf<Type extends string> {
  readonly type: Type
  readonly id: bigint
  readonly pid: number
}

export type ModelHandle = HandleOf<'EmbeddingModel'>
export type IndexHandle = HandleOf<'VectorIndex'>
export type AdapterHandle = HandleOf<'LinearAdapter'>
export type LexicalHandle = HandleOf<'Bm25Index' | 'TfidfIndex'>
export type BinaryIndexHandle = HandleOf<'BinaryIndex'>
export type MultiVectorEncoderHandle = HandleOf<'MultiVectorEncoder'>
export type RerankerHandle = HandleOf<'Reranker'>
export type SparseEncoderHandle = HandleOf<'SparseEncoder'>
export type SparseIndexHandle = HandleOf<'SparseIndex'>

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
export function shareHandle<Type extends Handle['type']>(
  type: Type,
  lifetime: Lifetime<Shareable>,
): HandleOf<Type> {
  const shared = lifetime.use('share')
  return { type, id: runSync(() => shared.share()), pid: process.pid }
}

/** What attach() of the classes does; `attach` is that of the native class. */
export function attachHandle<Native extends Shareable>(
  type: Handle['type'],
  handle: Handle,
  attach: (id: bigint) => Native,
): Lifetime<Native> {
  const id = checkHandle(handle, type)
  return new Lifetime(
    type,
    runSync(() => attach(id)),
  )
}

/** The id of a handle of class `type`. */
function checkHandle(handle: unknown, type: Handle['type']): bigint {
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
