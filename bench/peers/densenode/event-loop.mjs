import { measureLag } from '../../harness/lag.mjs'
import { finish, readJson, readVectors, task, warmUpTexts } from '../../harness/trial.mjs'
import { densenode, versions } from './package.mjs'

const texts = readJson(task.texts)
const model = await densenode.EmbeddingModel.load(task.model, {
  device: 'cpu',
  dtype: 'fp32',
  threads: task.threads,
})
await model.embed(warmUpTexts(texts))
const index = await densenode.VectorIndex.create({ dimension: model.dimension, metric: 'ip' })
await index.add(readVectors(task.base))

const idle = await measureLag(() => new Promise((resolve) => setTimeout(resolve, 2000)))
let embeddings
const embed = await measureLag(async () => {
  embeddings = await model.embed(texts)
})
const search = await measureLag(async () => {
  for (let i = 0; i < 10; i++) await index.search(embeddings.data, 10)
})
finish({ phases: { idle, embed, search }, versions: versions() })
await model.dispose()
await index.dispose()
