import type { HubFile } from './needed-files'

export interface PullProgress {
  /** The file that is read or downloaded, as the repository names it. */
  file: string
  /** Bytes of this file that are there, and in all. */
  fileBytes: number
  fileTotal: number
  /** Bytes of all files that are there, and in all. */
  bytes: number
  total: number
}

/** Counts the bytes of a pull, tells the caller, and stops the pull where the caller throws or aborts. */
export class PullProgressCallback {
  /** Aborted by the caller's signal, or with what onProgress threw. */
  readonly signal: AbortSignal
  readonly #stop = new AbortController()
  readonly #onProgress: ((progress: PullProgress) => void) | undefined
  #total: number | undefined
  #before = 0

  constructor(onProgress: ((progress: PullProgress) => void) | undefined, signal: AbortSignal | undefined) {
    this.#onProgress = onProgress
    this.signal = signal ? AbortSignal.any([signal, this.#stop.signal]) : this.#stop.signal
  }

  /** The files that come, one after another. */
  begin(files: readonly HubFile[]): void {
    this.#total = sizeOf(files)
    this.#before = 0
  }

  /** So many bytes of `file` are there. */
  report(file: HubFile, bytes: number): void {
    try {
      // modules.json comes before it is known what else will.
      if (this.#total !== undefined)
        this.#onProgress?.({
          file: file.path,
          fileBytes: bytes,
          fileTotal: file.size,
          bytes: this.#before + bytes,
          total: this.#total,
        })
    } catch (error) {
      this.#stop.abort(error)
    }
    this.signal.throwIfAborted()
  }

  /** All of `file` is there. */
  finish(file: HubFile): void {
    this.report(file, file.size)
    this.#before += file.size
  }
}

export const sizeOf = (files: Iterable<HubFile>): number =>
  [...files].reduce((sum, { size }) => sum + size, 0)
