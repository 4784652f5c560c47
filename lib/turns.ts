import { setImmediate } from 'node:timers/promises'

import { SLICE_MILLISECONDS } from './defaults'

/**
 * Keeps the event loop free in loops over much of a caller's data: `if (turns.due) await turns.pass()`
 * between items, or between as many of them as take well below a millisecond.
 */
export class Turns {
  readonly #signal: AbortSignal | undefined
  #end = performance.now() + SLICE_MILLISECONDS

  constructor(signal?: AbortSignal) {
    this.#signal = signal
  }

  /** Whether JavaScript has worked for SLICE_MILLISECONDS since the last turn. */
  get due(): boolean {
    return performance.now() > this.#end
  }

  /** One turn of the event loop; throws the signal's reason where it was aborted meanwhile. */
  async pass(): Promise<void> {
    await setImmediate()
    this.#signal?.throwIfAborted()
    this.#end = performance.now() + SLICE_MILLISECONDS
  }
}
