import { writeFileSync } from 'node:fs'

import { finish, installFolder, readJson, task, timed } from '../../harness/trial.mjs'
import { importTransformers, loadModel } from './model.mjs'

const texts = readJson(task.texts)
const [importSeconds] = await timed(() => importTransformers(installFolder))
const [loadSeconds, model] = await timed(() => loadModel(installFolder, task))
const [embedSeconds, embeddings] = await timed(() => model.embed(texts))
writeFileSync(task.out, embeddings)
const [secondSeconds] = await timed(() => loadModel(installFolder, task))
finish({ importSeconds, loadSeconds, embedSeconds, secondSeconds, versions: model.versions })
