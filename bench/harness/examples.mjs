// WordNet's example sentences and the definitions they illustrate, with their embeddings by densenode, made once and
// kept in the cache.
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'

import { readGlosses } from '../../scripts/quickstart/wordnet.mjs'
import { cacheFolder, modelFolder } from './peers.mjs'
import { readVectors } from './vectors.mjs'
import { randomGenerator } from './wordnet.mjs'

/** { definitions: texts, examples: [{ text, row }] }, where row is that of the example's definition. */
export function readExamples() {
  const glosses = readGlosses().map(({ gloss }) => gloss)
  const examples = glosses.flatMap((gloss, row) =>
    [...gloss.matchAll(/"([^"]{8,})"/g)].map(([, text]) => ({ text, row })),
  )
  return { definitions: glosses.map((gloss) => gloss.split('; "')[0].trim()), examples }
}

/**
 * Places in `examples` for { test, validation, training }. A definition, and every copy of it, is in one of them only;
 * test and validation have one example a definition, and none of their sentences is trained on.
 */
export function splitByDefinition({ definitions, examples }, tests, validations, seed = 1) {
  const byDefinition = new Map()
  examples.forEach(({ row }, i) => {
    const text = definitions[row]
    byDefinition.set(text, [...(byDefinition.get(text) ?? []), i])
  })
  const groups = [...byDefinition.values()]
  const random = randomGenerator(seed)
  for (let i = groups.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    ;[groups[i], groups[j]] = [groups[j], groups[i]]
  }
  const firsts = (from, count) => groups.slice(from, from + count).map(([first]) => first)
  const test = firsts(0, tests)
  const validation = firsts(tests, validations)
  const held = new Set([...test, ...validation].map((i) => examples[i].text))
  const training = groups
    .slice(tests + validations)
    .flat()
    .filter((i) => !held.has(examples[i].text))
  return { test, validation, training }
}

/** Embeddings of texts (384 dimensions, fp32, norm 1), from the cache where it has them under `name`. */
export async function cachedEmbeddings(densenode, name, texts) {
  const folder = path.join(cacheFolder, 'data')
  mkdirSync(folder, { recursive: true })
  const file = path.join(folder, `${path.basename(modelFolder)}-${name}-${texts.length}.bin`)
  if (!existsSync(file)) {
    process.stderr.write(`embedding ${texts.length} ${name} once for ${file}\n`)
    const model = await densenode.EmbeddingModel.load(modelFolder, { device: 'cpu', dtype: 'fp32' })
    writeFileSync(`${file}.part`, (await model.embed(texts)).data)
    renameSync(`${file}.part`, file)
    await model.dispose()
  }
  return readVectors(file)
}
