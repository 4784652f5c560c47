import { densenode, versions } from '../../../peers/densenode/package.mjs'
import { serve, timeEach } from '../serve.mjs'
import { createIndex, fill, readRows } from './indexes.mjs'

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
  async search({ queries, queryCount, warmUp, runs, k }) {
    const { dimension } = model
    const vectors = readRows(queries, dimension, 0, queryCount)
    const query = (i) => vectors.subarray((i % queryCount) * dimension, ((i % queryCount) + 1) * dimension)
    return { seconds: await timeEach((i) => index.search(query(i), k), warmUp, runs) }
  },
  async retrieve({ texts, warmUp, runs, k }) {
    const retriever = new densenode.Retriever(model, index)
    return { seconds: await timeEach((i) => retriever.search(texts[i % texts.length], k), warmUp, runs) }
  },
})
await index?.dispose()
await model?.dispose()
