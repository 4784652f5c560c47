import type { Abort } from './abort'

/** A caller's onProgress behind a native call: what it throws stops the job, which then rejects with it. */
export class Progress {
  #failure: { error: unknown } | undefined
  /** For the native call; undefined where the caller wants no progress. */
  readonly report: ((done: number) => void) | undefined

  constructor(
    onProgress: ((done: number, total: number) => void) | undefined,
    total: number,
    abort: Pick<Abort, 'stop'>,
  ) {
    if (!onProgress) return
    this.report = (done) => {
      try {
        if (!this.#failure) onProgress(done, total)
      } catch (error) {
        this.#failure = { error }
        abort.stop(error)
      }
    }
  }

  /** Call it when the native call has ended well: the failure may have come with its last report. */
  throwIfFailed(): void {
    if (this.#failure) throw this.#failure.error
  }
}
