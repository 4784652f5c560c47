import type { Abort } from './abort'

/**
 * Lets so many calls of an object into native code at once; further ones wait here in their order and hold no
 * native memory yet.
 */
export class Gate {
  #inside = 0
  readonly #waiting = new Set<() => void>()

  constructor(readonly limit: number) {}

  /** Runs `body` when its turn has come. A call that is stopped while it waits leaves at once. */
  async pass<T>(abort: Abort, body: () => Promise<T>): Promise<T> {
    if (this.#inside < this.limit) this.#inside++
    else await this.#turn(abort)
    try {
      return await body()
    } finally {
      this.#leave()
    }
  }

  #turn(abort: Abort): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.add(resolve)
      abort.onStop((reason) => {
        if (this.#waiting.delete(resolve)) reject(reason)
      })
    })
  }

  #leave(): void {
    const [next] = this.#waiting
    if (!next) {
      this.#inside--
      return
    }
    this.#waiting.delete(next)
    next()
  }
}
