import { writeFileSync } from 'node:fs'

import { finish, readJson, task, timed } from '../../harness/trial.mjs'

const texts = readJson(task.texts)
const [importSeconds, { densenode, versions }] = await timed(() => import('./package.mjs'))
const load = () =>
  timed(() => densenode.EmbeddingModel.load(task.model, { device: 'cpu', dtype: task.variant ?? 'auto' }))
const [loadSeconds, model] = await load()
const [embedSeconds, embeddings] = await timed(() => model.embed(texts))
writeFileSync(task.out, embeddings.data)
const [secondSeconds] = await load()
finish({ importSeconds, loadSeconds, embedSeconds, secondSeconds, versions: versions() })
