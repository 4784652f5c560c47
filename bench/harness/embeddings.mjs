// Embeddings by densenode, made once and kept in the cache under the hash of their texts.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'

import { cacheFolder, modelFolder } from './peers.mjs'
import { readVectors } from './vectors.mjs'

/** Row-major fp32 values, by a model of modelFolder. */
export async function cachedEmbeddings(model, texts) {
  const hash = createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 16)
  const name = `${path.basename(modelFolder)}-densenode-${model.dtype}-${hash}.bin`
  const file = path.join(cacheFolder, 'data', name)
  if (existsSync(file)) return readVectors(file)
  process.stderr.write(`embedding ${texts.length} texts once for ${file}\n`)
  const { data } = await model.embed(texts)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(`${file}.part`, data)
  renameSync(`${file}.part`, file)
  return data
}
