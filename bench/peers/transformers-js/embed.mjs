import { writeFileSync } from 'node:fs'

import { finish, installFolder, readJson, task, timed, warmUpTexts } from '../../harness/trial.mjs'
import { loadModel } from './model.mjs'

const texts = readJson(task.texts)
const [loadSeconds, model] = await timed(() => loadModel(installFolder, task))
await model.embed(warmUpTexts(texts))
const [seconds, embeddings, cpuSeconds] = await timed(() => model.embed(texts))
writeFileSync(task.out, embeddings)
finish({ seconds, cpuSeconds, loadSeconds, dimension: model.dimension, versions: model.versions })
