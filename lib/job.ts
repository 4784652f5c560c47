import { Abort } from './abort'
import { fromNative, isAborted } from './errors'
import type { Gate } from './gate'
import type { Lifetime } from './lifetime'

export interface JobOptions {
  /** Stops the work; the promise then rejects with the signal's reason, and an index is as before. */
  signal?: AbortSignal
}

/**
 * Runs the asynchronous part of a public method: counts it as in flight on each of `owners`, waits for its
 * turn at `gate`, ties it to `signal`, and rejects with the public error for a native one. That is made here, so that
 * V8's asynchronous stack traces lead to who awaits; keeping the stack of each call instead would take longer than
 * a search of a small index. A job stopped by its signal rejects with the signal's reason, as fetch does, after
 * native threads have let go of the caller's memory.
 */
export async function runJob<T>(
  owners: readonly Pick<Lifetime, 'begin' | 'end'>[],
  signal: AbortSignal | undefined,
  body: (abort: Abort) => Promise<T> | T,
  gate?: Gate,
): Promise<T> {
  const abort = new Abort(signal)
  for (const owner of owners) owner.begin()
  try {
    const turn = gate?.enter(abort)
    if (turn) await turn
    try {
      return await body(abort)
    } finally {
      gate?.leave()
    }
  } catch (error) {
    if (abort.stopped && (isAborted(error) || error === abort.reason)) throw abort.reason
    throw fromNative(error)
  } finally {
    for (const owner of owners) owner.end()
    abort.end()
  }
}

/** The same for a synchronous native call. */
export function runSync<T>(body: () => T): T {
  try {
    return body()
  } catch (error) {
    throw fromNative(error)
  }
}
