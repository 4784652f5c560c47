import { measureLag } from '../../harness/lag.mjs'
import { finish, installFolder, readJson, task, warmUpTexts } from '../../harness/trial.mjs'
import { loadModel } from './model.mjs'

const texts = readJson(task.texts)
const model = await loadModel(installFolder, task)
await model.embed(warmUpTexts(texts))
const idle = await measureLag(() => new Promise((resolve) => setTimeout(resolve, 2000)))
const embed = await measureLag(() => model.embed(texts))
finish({ phases: { idle, embed }, versions: model.versions })
