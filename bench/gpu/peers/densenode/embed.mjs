import { writeFileSync } from 'node:fs'

import { densenode, versions } from '../../../peers/densenode/package.mjs'
import { readJson, serve } from '../serve.mjs'

let model
let texts

await serve({
  async load({ folder, device, dtype, maxBatchTokens }) {
    await model?.dispose()
    const begin = performance.now()
    model = await densenode.EmbeddingModel.load(folder, { device, dtype, maxBatchTokens })
    return {
      seconds: (performance.now() - begin) / 1000,
      device: model.device,
      dtype: model.dtype,
      versions: versions(),
    }
  },
  texts({ file }) {
    texts = readJson(file)
  },
  async embed({ count, out }) {
    const chosen = texts.slice(0, count)
    const begin = performance.now()
    const { data, dimension, tokenCounts } = await model.embed(chosen)
    const seconds = (performance.now() - begin) / 1000
    if (out) writeFileSync(out, data)
    return { seconds, dimension, tokenCounts: Array.from(tokenCounts) }
  },
})
await model?.dispose()
