// The adapter's side of a trial: the task it is given and the result that it prints.
import { readFileSync } from 'node:fs'

export { queriesPerSecond, timed } from './timing.mjs'

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

export function finish(result) {
  const maxRssMiB = Math.round(process.resourceUsage().maxRSS / 1024)
  process.stdout.write(`\n${JSON.stringify({ maxRssMiB, ...result })}\n`)
}
