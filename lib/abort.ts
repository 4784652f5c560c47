import { defaultMaxListeners, getMaxListeners, setMaxListeners } from 'node:events'

import type { Binding } from './native'
import { native } from './native'

/**
 * One job's way to be stopped: by the caller's AbortSignal, or by an error in a callback of the caller. The
 * native flag is made only where one of the two can happen.
 */
export class Abort {
  readonly #signal: AbortSignal | undefined
  #cancellation: Binding.Cancellation | null = null
  #stopped = false
  #reason: unknown
  #stopCallback: ((reason: unknown) => void) | undefined
  readonly #onAbort = () => this.stop(this.#signal!.reason)

  /** Throws the signal's reason when it is aborted already. Call end() when the job is over. */
  constructor(signal: AbortSignal | undefined) {
    signal?.throwIfAborted()
    this.#signal = signal
    if (!signal) return
    // One signal may stop any number of calls; Node warns of a leak from the eleventh on.
    if (getMaxListeners(signal) === defaultMaxListeners) setMaxListeners(Infinity, signal)
    signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  /** What native calls take. With `always`, also without a signal, so that stop() reaches them. */
  cancellation(always = false): Binding.Cancellation | null {
    if (!this.#cancellation && (always || this.#signal)) {
      this.#cancellation = new (native().Cancellation)()
      if (this.#stopped) this.#cancellation.abort()
    }
    return this.#cancellation
  }

  get stopped(): boolean {
    return this.#stopped
  }

  get reason(): unknown {
    return this.#reason
  }

  stop(reason: unknown): void {
    if (this.#stopped) return
    this.#stopped = true
    this.#reason = reason
    this.#cancellation?.abort()
    this.#stopCallback?.(reason)
  }

  /** `callback` is called when the job is stopped, at once where it is already; in place of an earlier one. */
  onStop(callback: (reason: unknown) => void): void {
    this.#stopCallback = callback
    if (this.#stopped) callback(this.#reason)
  }

  throwIfStopped(): void {
    if (this.#stopped) throw this.#reason
  }

  end(): void {
    this.#signal?.removeEventListener('abort', this.#onAbort)
  }
}
