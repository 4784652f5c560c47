import type { WriteStream } from 'node:tty'

import type { PullProgress } from '../hub/pull-progress'

const INTERVAL_MS = 100
/** The rate is that of the last seconds, so that the time left follows the connection. */
const RATE_WINDOW_MS = 5_000

/** One line that is written over and over on a terminal; elsewhere a line a file, when it is there. */
export class PullProgressLine {
  readonly #stream: Pick<WriteStream, 'write' | 'isTTY' | 'columns'>
  readonly #shown = new Set<string>()
  #next = 0
  #width = 0
  #samples: { at: number; bytes: number }[] = []

  constructor(stream: Pick<WriteStream, 'write' | 'isTTY' | 'columns'>) {
    this.#stream = stream
  }

  show(progress: PullProgress): void {
    if (this.#stream.isTTY) this.#showLine(progress)
    else this.#showFile(progress)
  }

  #showLine(progress: PullProgress): void {
    const now = performance.now()
    if (now < this.#next && progress.bytes < progress.total) return
    this.#next = now + INTERVAL_MS
    this.#samples.push({ at: now, bytes: progress.bytes })
    while (now - this.#samples[0]!.at > RATE_WINDOW_MS) this.#samples.shift()
    this.#write(progressText(progress, this.#rate()))
  }

  /** Takes the line away; what follows starts in a line of its own. */
  end(): void {
    if (this.#width > 0) this.#write('')
    if (this.#width > 0) this.#stream.write('\r')
    this.#width = 0
  }

  #showFile({ file, fileBytes, fileTotal }: PullProgress): void {
    if (fileBytes < fileTotal || this.#shown.has(file)) return
    this.#shown.add(file)
    this.#stream.write(`${file}  ${bytesText(fileTotal)}\n`)
  }

  /** Bytes a second; 0 where it is not known yet. */
  #rate(): number {
    const [first, last] = [this.#samples[0]!, this.#samples.at(-1)!]
    return last.at > first.at ? Math.max(0, (last.bytes - first.bytes) / (last.at - first.at)) * 1000 : 0
  }

  #write(text: string): void {
    const shown = text.slice(0, Math.max(20, (this.#stream.columns || 80) - 1))
    this.#stream.write(`\r${shown.padEnd(this.#width)}`)
    this.#width = Math.max(this.#width, shown.length)
  }
}

/** `model.safetensors  45.2 MB of 90.9 MB, 50 %, 12.3 MB/s, 4 s left` */
export function progressText({ file, bytes, total }: PullProgress, bytesPerSecond: number): string {
  const percent = total > 0 ? Math.floor((100 * bytes) / total) : 100
  const left =
    bytesPerSecond > 0 && bytes < total ? `, ${timeText((total - bytes) / bytesPerSecond)} left` : ''
  const rate = bytesPerSecond > 0 ? `, ${bytesText(bytesPerSecond)}/s` : ''
  return `${file}  ${bytesText(bytes)} of ${bytesText(total)}, ${percent} %${rate}${left}`
}

/** Decimal units, as hubs give sizes. */
export function bytesText(bytes: number): string {
  for (const [unit, size] of [
    ['GB', 1e9],
    ['MB', 1e6],
    ['kB', 1e3],
  ] as const)
    if (bytes >= size) return `${(bytes / size).toFixed(bytes >= 100 * size ? 0 : 1)} ${unit}`
  return `${Math.round(bytes)} B`
}

function timeText(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`
  if (seconds < 3600) return `${Math.ceil(seconds / 60)} min`
  return `${(seconds / 3600).toFixed(1)} h`
}
