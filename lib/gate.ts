import type { Abort } from './abort'

/**
 * Lets so many calls of an object into native code at once; further ones wait here in their order and hold no
 * native memory yet.
 */
export class Gate {
  #inside = 0
  readonly #waiting = new Set<() => void>()

  constructor(readonly limit: number) {}

  /**
   * Undefined where a call may go in at once, else a promise for its turn; leave() must follow either. A call
   * that is stopped while it waits leaves at once: the promise rejects, and leave() must not follow.
   */
  enter(abort: Abort): Promise<void> | undefined {
    if (this.#inside >= this.limit) return this.#turn(abort)
    this.#inside++
    return undefined
  }

  leave(): void {
    const [next] = this.#waiting
    if (!next) {
      this.#inside--
      return
    }
    this.#waiting.delete(next)
    next()
  }

  #turn(abort: Abort): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.add(resolve)
      abort.onStop((reason) => {
        if (this.#waiting.delete(resolve)) reject(reason)
      })
    })
  }
}
