import { copyFileSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import * as path from 'node:path'

import { EmbeddingModel, MultiVectorEncoder, Reranker, SparseEncoder } from 'densenode'
import { moduleFolders } from '#lib/hub/module-folders'
import { type HubFile, neededFiles } from '#lib/hub/needed-files'

import { scratchFolder } from '../scratch-folder'
import { fixtures } from './support'

/* Of every model of test/fixtures: what a pull would take is all that loading reads. */

const scratch = scratchFolder('needed')
const TEXTS = ['A cat, purring!', 'How do engines work?']
const OPTIONS = { device: 'cpu', dtype: 'fp32' } as const

/** What a model of each folder of fixtures says about itself, and what it makes of texts. */
const outputs: Record<string, (folder: string) => Promise<object>> = {
  models: embed,
  modules: embed,
  rerankers: async (folder) => {
    await using model = await Reranker.load(folder, OPTIONS)
    return { ...model, scores: await model.predict([['a cat', TEXTS[0]!]]) }
  },
  sparse: async (folder) => {
    await using model = await SparseEncoder.load(folder, OPTIONS)
    return { ...model, rows: [...(await model.embed(TEXTS))] }
  },
  'multi-vector': async (folder) => {
    await using model = await MultiVectorEncoder.load(folder, OPTIONS)
    const [queries, documents] = [await model.embedQueries(TEXTS), await model.embedDocuments(TEXTS)]
    return { ...model, queries: [...queries], documents: [...documents] }
  },
}

async function embed(folder: string): Promise<object> {
  await using model = await EmbeddingModel.load(folder, OPTIONS)
  const tasks = model.needsTask ? model.tasks : [undefined, ...model.tasks]
  const rows = tasks.map(async (task) => [...(await model.embed(TEXTS, task === undefined ? {} : { task }))])
  return { ...model, rows: await Promise.all(rows) }
}

const models = Object.keys(outputs).flatMap((kind) =>
  readdirSync(path.join(fixtures, kind), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => [kind, name] as const),
)

test.each(models)('%s/%s', async (kind, name) => {
  const source = path.join(fixtures, kind, name)
  const files = filesOf(source)
  const modules = await moduleFolders(files, async (file) => path.join(source, file.path), name)
  const needed = neededFiles(files, modules, undefined, name).map((file) => file.path)
  expect(needed.filter((file) => file.startsWith('reference'))).toEqual([])
  const copy = path.join(scratch, kind, name)
  for (const file of needed) {
    mkdirSync(path.dirname(path.join(copy, file)), { recursive: true })
    copyFileSync(path.join(source, file), path.join(copy, file))
  }
  expect(await outputs[kind]!(copy)).toEqual(await outputs[kind]!(source))
})

function filesOf(folder: string): HubFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const place = path.join(entry.parentPath, entry.name)
      const digest = { algorithm: 'git-sha1', value: '' } as const
      return { path: path.relative(folder, place), size: statSync(place).size, digest }
    })
}
