// WordNet's example sentences and the definitions they illustrate.
import { readGlosses } from '../../scripts/quickstart/wordnet.mjs'
import { randomGenerator, shuffled } from './wordnet.mjs'

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
  const groups = shuffled(byDefinition.values(), randomGenerator(seed))
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
