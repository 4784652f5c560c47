// Embeddings of the quality benchmark, made once by densenode and kept in the cache under the hash of their texts.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'

import { cacheFolder } from '../harness/peers.mjs'
import { readVectors } from '../harness/vectors.mjs'

export async function cachedEmbeddings(model, modelName, texts) {
  const hash = createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 16)
  const file = path.join(cacheFolder, 'data', `${modelName}-quality-${hash}.bin`)
  if (existsSync(file)) return readVectors(file)
  process.stderr.write(`embedding ${texts.length} texts once for ${file}\n`)
  const { data } = await model.embed(texts)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(`${file}.part`, data)
  renameSync(`${file}.part`, file)
  return data
}
