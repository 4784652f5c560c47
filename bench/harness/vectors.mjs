// Real embeddings for the search workloads, made once and kept in the cache.
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import path from 'node:path'

import { readGlosses as readSynsets } from '../../scripts/quickstart/wordnet.mjs'
import { cacheFolder, modelFolder, onnxFolder, runTrial, whyMissing } from './peers.mjs'
import { writeInput } from './run.mjs'
import { readGlosses } from './wordnet.mjs'

const EXAMPLE_QUERIES = 1000

/** A file of little-endian fp32 values. */
export function readVectors(file) {
  const bytes = readFileSync(file)
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
}

/** Ids as 32-bit integers. */
export function readIds(file) {
  const bytes = readFileSync(file)
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
}

/**
 * Embeddings (384 dimensions, norm 1) of `count` WordNet glosses and of `queries` others: the files
 * { base, queries }. ONNX Runtime in Python makes them, so that they do not depend on the product under test; where it is
 * not installed, densenode in fp32.
 */
export async function glossEmbeddings(count, queries, threads) {
  const glosses = readGlosses()
  if (count + queries > glosses.length)
    throw new RangeError(`expected at most ${glosses.length - queries}, received ${count}`)
  return {
    queries: await embeddedOnce('queries', glosses.slice(0, queries), threads),
    base: await embeddedOnce('base', glosses.slice(queries, queries + count), threads),
  }
}

/**
 * The same of all 117,791 glosses of WordNet as they stand, and of 1,000 of their example sentences, spread over them,
 * as queries: { base, queries }.
 */
export async function wordnetEmbeddings(threads) {
  const glosses = readSynsets().map(({ gloss }) => gloss)
  const examples = glosses.flatMap((gloss) =>
    [...gloss.matchAll(/"([^"]{8,})"/g)].map(([, example]) => example),
  )
  const step = Math.floor(examples.length / EXAMPLE_QUERIES)
  const queries = Array.from({ length: EXAMPLE_QUERIES }, (_, i) => examples[i * step])
  return {
    queries: await embeddedOnce('examples', queries, threads),
    base: await embeddedOnce('glosses', glosses, threads),
  }
}

async function embeddedOnce(name, texts, threads) {
  const folder = path.join(cacheFolder, 'data')
  mkdirSync(folder, { recursive: true })
  const target = path.join(folder, `${path.basename(modelFolder)}-${name}-${texts.length}.bin`)
  if (existsSync(target)) return target
  process.stderr.write(`embedding ${texts.length} texts once for ${target}\n`)
  const task = {
    texts: writeInput(`${name}.json`, texts),
    model: modelFolder,
    onnx: onnxFolder,
    variant: 'fp32',
    dimension: 384,
    maxTokens: 256,
    threads,
  }
  const maker = whyMissing('onnxruntime-python') ? 'densenode' : 'onnxruntime-python'
  await runTrial(maker, 'embed', writeInput(`${name}-task.json`, { ...task, out: `${target}.part` }))
  renameSync(`${target}.part`, target)
  return target
}
