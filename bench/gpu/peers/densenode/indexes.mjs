// Indexes on the device, filled from a file in parts: a million vectors never stand in JavaScript's memory at once.
import { closeSync, openSync, readSync } from 'node:fs'

import { densenode } from '../../../peers/densenode/package.mjs'

const CHUNK_BYTES = 256 * 2 ** 20

/** On a GPU Flat keeps its vectors in fp16. On the CPU, which only tries the scripts out, they are fp32. */
export function createIndex({ dimension, device, factory = 'Flat' }) {
  const half = device !== 'cpu' && factory === 'Flat'
  const place = { ...(device !== 'cpu' && { device }), ...(half && { storage: 'fp16' }) }
  return densenode.VectorIndex.create({ dimension, metric: 'ip', factory, ...place })
}

/** `rows` vectors of a file of fp32 values, from row `begin` on. */
export function readRows(file, dimension, begin, rows) {
  const values = new Float32Array(rows * dimension)
  const bytes = new Uint8Array(values.buffer)
  const descriptor = openSync(file, 'r')
  try {
    // One call reads 2 GiB at most.
    for (let done = 0; done < bytes.length; ) {
      const length = Math.min(CHUNK_BYTES, bytes.length - done)
      const read = readSync(descriptor, bytes, done, length, begin * dimension * 4 + done)
      if (read === 0) throw new Error(`${file}: expected ${rows} rows from ${begin} on`)
      done += read
    }
  } finally {
    closeSync(descriptor)
  }
  return values
}

/** Adds the first `count` vectors of the file; returns the seconds that add() took, reading apart. */
export async function fill(index, file, count) {
  const { dimension } = index
  const rows = Math.floor(CHUNK_BYTES / (4 * dimension))
  let seconds = 0
  for (let row = 0; row < count; row += rows) {
    const part = readRows(file, dimension, row, Math.min(rows, count - row))
    const begin = performance.now()
    await index.add(part)
    seconds += (performance.now() - begin) / 1000
  }
  return seconds
}
