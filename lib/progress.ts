import type { Abort } from './abort'
import * as check from './checks'
import type { Gate } from './gate'
import { type JobOptions, runJob } from './job'
import type { Binding } from './native'

export interface ProgressOptions extends JobOptions {
  /** Called with texts finished and texts in all. What it throws stops the work and rejects the promise. */
  onProgress?: (done: number, total: number) => void
}

/** What the body of a job tells native code. */
export interface ProgressJob {
  abort: Abort
  /** Stops also what the caller's onProgress throws in. */
  cancellation: Binding.Cancellation | null
  /** Undefined where the caller gave none. */
  onProgress: ((done: number) => void) | undefined
}

/** runJob with the caller's onProgress, which hears of `total`: what it throws is thrown in place of the result. */
export function runProgressJob<T>(
  owners: Parameters<typeof runJob>[0],
  { signal, onProgress }: ProgressOptions,
  total: number,
  body: (job: ProgressJob) => Promise<T>,
  gate?: Gate,
): Promise<T> {
  if (onProgress !== undefined) check.func('onProgress', onProgress)
  const job = async (abort: Abort) => {
    const progress = new Progress(abort, onProgress, total)
    const cancellation = abort.cancellation(Boolean(onProgress))
    const result = await body({ abort, cancellation, onProgress: progress.callback })
    progress.throwFailure()
    return result
  }
  return runJob(owners, check.signal(signal), job, gate)
}

/** A caller's onProgress on its way to native code. */
class Progress {
  /** For the native call; undefined without onProgress. */
  readonly callback: ((done: number) => void) | undefined
  #failure: { error: unknown } | undefined

  constructor(abort: Abort, onProgress: ProgressOptions['onProgress'], total: number) {
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
