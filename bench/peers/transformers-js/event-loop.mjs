import { measureLag } from '../../harness/lag.mjs'
import { finish, installFolder, readJson, task, warmUpTexts } from '../../harness/trial.mjs'
import { loadModel } from './model.mjs'

const texts = readJson(task.texts)
const model = await loadModel(installFolder, task)
await model.embed(warmUpTexts(texts))
const embed = await measureLag(() => model.embed(texts))
finish({ phases: { embed }, versions: model.versions })
