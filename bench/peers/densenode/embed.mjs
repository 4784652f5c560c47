import { writeFileSync } from 'node:fs'

import { finish, readJson, task, timed, warmUpTexts } from '../../harness/trial.mjs'
import { densenode, versions } from './package.mjs'

const texts = readJson(task.texts)
const [loadSeconds, model] = await timed(() =>
  densenode.EmbeddingModel.load(task.model, {
    device: 'cpu',
    dtype: task.variant ?? 'auto',
    threads: task.threads,
  }),
)
await model.embed(warmUpTexts(texts))
const [seconds, embeddings, cpuSeconds] = await timed(() => model.embed(texts))
writeFileSync(task.out, embeddings.data)
finish({
  seconds,
  cpuSeconds,
  loadSeconds,
  dimension: embeddings.dimension,
  dtype: model.dtype,
  versions: versions(),
})
await model.dispose()
