// Indexes on the device, filled from a file in parts: a million vectors never stand in JavaScript's memory at once.
import { closeSync, openSync, readSync } from 'node:fs'

import { densenode } from '../../../peers/densenode/package.mjs'

const CHUNK_BYTES = 256 * 2 ** 20

/** On a GPU vectors are stored in fp16; on the CPU, which tries the script out, FAISS's flat index has fp32 alone. */
export function createIndex({ dimension, device, factory = 'Flat' }) {
  const storage = device === 'cpu' ? {} : { storage: 'fp16' }
  return densenode.VectorIndex.create({ dimension, metric: 'ip', factory, device, ...storage })
}

/** Calls each(vectors) with the first `count` vectors of a file of fp32 values, part by part. */
export async function eachPart(file, dimension, count, each) {
  const descriptor = openSync(file, 'r')
  const rows = Math.floor(CHUNK_BYTES / (4 * dimension))
  try {
    for (let begin = 0; begin < count; begin += rows) {
      const part = new Float32Array(Math.min(rows, count - begin) * dimension)
      readSync(descriptor, part, { position: begin * dimension * 4 })
      await each(part)
    }
  } finally {
    closeSync(descriptor)
  }
}

/** Adds the first `count` vectors of the file; returns the seconds that add() took, reading apart. */
export async function fill(index, file, count) {
  let seconds = 0
  await eachPart(file, index.dimension, count, async (part) => {
    const begin = performance.now()
    await index.add(part)
    seconds += (performance.now() - begin) / 1000
  })
  return seconds
}
