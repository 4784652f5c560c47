// The adapter's side of a trial: the task it is given and the result that it prints.
import { readFileSync } from 'node:fs'

export const task = JSON.parse(readFileSync(process.argv[2], 'utf8'))
/** Folder whose node_modules holds the peer. */
export const installFolder = process.argv[3]

export const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'))

/** A file of little-endian fp32 values. */
export function readVectors(file) {
  const bytes = readFileSync(file)
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
}

/** Every tenth text: warms up code, caches and allocators with all lengths. */
export const warmUpTexts = (texts) => texts.filter((_, i) => i % 10 === 0)

/** Awaits work() and returns [seconds, its value, CPU seconds of all threads]. */
export async function timed(work) {
  const cpuStart = process.cpuUsage()
  const start = performance.now()
  const value = await work()
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(cpuStart)
  return [seconds, value, (user + system) / 1e6]
}

/** Queries per second of `count` queries in calls of `batch`; search(begin, end) makes one call. */
export async function queriesPerSecond(search, batch, count) {
  await search(0, batch) // warm-up
  const [seconds] = await timed(async () => {
    for (let begin = 0; begin < count; begin += batch) await search(begin, Math.min(begin + batch, count))
  })
  return count / seconds
}

export function finish(result) {
  const maxRssMiB = Math.round(process.resourceUsage().maxRSS / 1024)
  process.stdout.write(`\n${JSON.stringify({ maxRssMiB, ...result })}\n`)
}
