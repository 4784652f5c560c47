// WordNet as a test of retrieval: an example sentence asks for the dictionary entry that it was written for.
import { readGlosses } from '../../scripts/quickstart/wordnet.mjs'
import { randomGenerator, shuffled } from '../harness/wordnet.mjs'

/** Shorter examples say too little to be found by. */
const SHORTEST_EXAMPLE = 8

/**
 * The documents of each variant, and example sentences in a fixed random order as { text, documents }. The examples are taken
 * out of the glosses that become documents. A sentence that several entries have asks for all of them.
 *
 * `definitions`: the definition alone; `entries`: the words of the entry as title, then the definition.
 */
export function wordnet() {
  const glosses = readGlosses()
  const examples = new Map()
  const definitions = glosses.map(({ gloss }, document) => {
    const definition = gloss.split(/; "/)[0].trim()
    for (const [, text] of gloss.matchAll(/"([^"]+)"/g)) {
      if (text.length < SHORTEST_EXAMPLE || definition.includes(text)) continue // a few stand within the definition
      examples.set(text, (examples.get(text) ?? new Set()).add(String(document)))
    }
    return definition
  })
  const ids = (definition, document) => ({ id: String(document), text: definition })
  const queries = shuffled(examples, randomGenerator(3)).map(([text, documents]) => ({ text, documents }))
  return {
    documents: {
      definitions: definitions.map(ids),
      entries: definitions.map((definition, document) => ({
        ...ids(definition, document),
        title: `${glosses[document].words.join(', ')}:`,
      })),
    },
    queries,
  }
}

/** A Dataset of densenode from documents and some of the queries. */
export function dataset(documents, queries) {
  return {
    documents,
    queries: queries.map(({ text }, i) => ({ id: `example-${i}`, text })),
    judgements: new Map(
      queries.map(({ documents }, i) => [`example-${i}`, new Map(Array.from(documents, (id) => [id, 1]))]),
    ),
  }
}

/** Queries to learn from: those with a sentence and definitions that none of `held` has. */
export function othersThan(held, queries, definitions) {
  const textOf = (document) => definitions[Number(document)].text
  const sentences = new Set(held.map(({ text }) => text))
  const asked = new Set(held.flatMap(({ documents }) => Array.from(documents, textOf)))
  return queries.filter(
    ({ text, documents }) => !sentences.has(text) && !Array.from(documents, textOf).some((d) => asked.has(d)),
  )
}
