import { Abort } from './abort'
import { captureCallSite, fromNative, isAborted } from './errors'
import type { Lifetime } from './lifetime'

export interface JobOptions {
  /** Stops the work; the promise then rejects with the signal's reason, and an index is as before. */
  signal?: AbortSignal
}

/**
 * Runs the asynchronous part of a public method: counts it as in flight on each of `owners`, ties it to
 * `signal`, and rejects with the public error for a native one, on the stack of the caller. A job stopped by
 * its signal rejects with the signal's reason, as fetch does, after native threads have let go of the
 * caller's memory.
 *
 * Call it before the first await of the method, where the caller is still on the stack.
 */
export async function runJob<T>(
  owners: readonly Pick<Lifetime, 'hold'>[],
  signal: AbortSignal | undefined,
  body: (abort: Abort) => Promise<T>,
): Promise<T> {
  const site = captureCallSite()
  const abort = new Abort(signal)
  const run = owners.reduce<() => Promise<T>>(
    (inner, owner) => () => owner.hold(inner),
    () => body(abort),
  )
  try {
    return await run()
  } catch (error) {
    if (abort.stopped && (isAborted(error) || error === abort.reason)) throw abort.reason
    throw fromNative(error, site)
  } finally {
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
