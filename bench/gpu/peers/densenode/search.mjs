import { writeFileSync } from 'node:fs'

import { versions } from '../../../peers/densenode/package.mjs'
import { rate, readVectors, serve, timeEach } from '../serve.mjs'
import { createIndex, fill, readRows } from './indexes.mjs'

let index
let queries
let dimension

/** Queries begin .. begin + size - 1, from the start again after the last ones. */
function batchAt(i, size) {
  const rows = queries.length / dimension
  const begin = (i % Math.floor(rows / size)) * size
  return queries.subarray(begin * dimension, (begin + size) * dimension)
}

await serve({
  async build({ base, count, device, factory, trainCount, ...request }) {
    dimension = request.dimension
    queries = readVectors(request.queries)
    await index?.dispose()
    index = await createIndex({ dimension, device, factory })
    const training = index.isTrained ? undefined : readRows(base, dimension, 0, trainCount)
    const begin = performance.now()
    if (training) await index.train(training)
    const trainSeconds = (performance.now() - begin) / 1000
    const addSeconds = await fill(index, base, count)
    return { trainSeconds, addSeconds, memoryBytes: index.memoryBytes, versions: versions() }
  },
  async latency({ warmUp, runs, k, parameters }) {
    return { seconds: await timeEach((i) => index.search(batchAt(i, 1), k, { parameters }), warmUp, runs) }
  },
  async batches({ size, k, parameters }) {
    return { queriesPerSecond: size * (await rate((i) => index.search(batchAt(i, size), k, { parameters }))) }
  },
  async neighbours({ count, k, parameters, out }) {
    const { ids } = await index.search(queries.subarray(0, count * dimension), k, { parameters })
    writeFileSync(out, Int32Array.from(ids, Number))
  },
})
await index?.dispose()
