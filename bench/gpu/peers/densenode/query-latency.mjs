import { closeSync, openSync, readSync } from 'node:fs'

import { densenode, versions } from '../../../peers/densenode/package.mjs'
import { serve, timeEach } from '../serve.mjs'
import { createIndex, fill } from './indexes.mjs'

let model
let index

await serve({
  async load({ folder, device, dtype }) {
    await model?.dispose()
    model = await densenode.EmbeddingModel.load(folder, { device, dtype })
    return { dimension: model.dimension, versions: versions() }
  },
  /** Every call is one text, and waits for the one before it. */
  async embed({ texts, warmUp, runs }) {
    return { seconds: await timeEach((i) => model.embed(texts[i % texts.length]), warmUp, runs) }
  },
  async index({ base, count, device }) {
    index = await createIndex({ dimension: model.dimension, device })
    await fill(index, base, count)
    return { memoryBytes: index.memoryBytes }
  },
  async search({ queries, warmUp, runs, k }) {
    const { dimension } = model
    const vectors = new Float32Array(runs * dimension)
    const file = openSync(queries, 'r')
    readSync(file, vectors)
    closeSync(file)
    const query = (i) => vectors.subarray((i % runs) * dimension, ((i % runs) + 1) * dimension)
    return { seconds: await timeEach((i) => index.search(query(i), k), warmUp, runs) }
  },
  async retrieve({ texts, warmUp, runs, k }) {
    const retriever = new densenode.Retriever(model, index)
    return { seconds: await timeEach((i) => retriever.search(texts[i % texts.length], k), warmUp, runs) }
  },
})
await index?.dispose()
await model?.dispose()
