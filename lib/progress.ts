import type { Abort } from './abort'

/**
 * A caller's onProgress on its way to native code: what it throws stops the job and is thrown in its place.
 */
export class Progress {
  /** For the native call; undefined without onProgress. */
  readonly callback: ((done: number) => void) | undefined
  #failure: { error: unknown } | undefined

  constructor(abort: Abort, onProgress: ((done: number, total: number) => void) | undefined, total: number) {
    if (!onProgress) return
    this.callback = (done) => {
      try {
        if (!this.#failure) onProgress(done, total)
      } catch (error) {
        this.#failure = { error }
        abort.stop(error)
      }
    }
  }

  /** Call it after the job: the last calls may have come when there was nothing left to stop. */
  throwFailure(): void {
    if (this.#failure) throw this.#failure.error
  }
}
