// What the GPU workloads run on, made on the spot and kept in the work folder until the machine is given back.
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'

import { modelFolder as minilmFolder } from '../../harness/peers.mjs'
import { python } from './session.mjs'

const SECONDS = 60
const run = promisify(execFile)
const limit = { timeout: 1000 * SECONDS }
const script = (name) => path.join(import.meta.dirname, '..', name)

/** all-MiniLM-L6-v2; DENSENODE_MODEL names another place for it. */
export const minilm = process.env.DENSENODE_MODEL ?? minilmFolder

/** A folder with a model of the shape 'bge-large' or 'bge-small' and random weights. */
export async function modelOfShape(shape, work) {
  const folder = path.join(work, `${shape}-random`)
  if (!existsSync(folder)) await run(python, [script('make_model.py'), minilm, folder, shape], limit)
  return folder
}

/** The files { base, queries } of clustered vectors of norm 1. */
export async function vectors(count, queries, dimension, work) {
  const folder = path.join(work, 'vectors')
  const file = (name, rows) => path.join(folder, `${name}-${rows}-${dimension}.f32`)
  const files = { base: file('base', count), queries: file('queries', queries) }
  mkdirSync(folder, { recursive: true })
  if (!existsSync(files.base) || !existsSync(files.queries))
    await run(python, [script('make_vectors.py'), folder, ...[count, queries, dimension].map(String)], limit)
  return files
}
