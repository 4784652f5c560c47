// A reverse dictionary: a description in, the words whose dictionary glosses mean the nearest thing out.

/** Embeds the glosses and puts them into an exact index; position in entries = id. */
export async function buildIndex({ VectorIndex }, model, entries, onProgress) {
  const index = await VectorIndex.create({ dimension: model.dimension, metric: 'cosine' })
  for await (const embeddings of model.embedStream(entries.map((entry) => entry.gloss))) {
    await index.add(embeddings)
    onProgress(index.count)
  }
  return index
}

/** The best k entries for a description as { entry, score }, and the milliseconds from text to neighbours. */
export async function lookUp(retriever, entries, description, k) {
  const begin = performance.now()
  const results = await retriever.search(description, k)
  const milliseconds = performance.now() - begin
  const hits = results.hits(0).map(({ id, score }) => ({ entry: entries[id], score }))
  return { hits, milliseconds }
}

/** One answer as lines: score, words, gloss. */
export function format({ hits, milliseconds }) {
  const lines = hits.map(({ entry, score }) => {
    const words = entry.words.slice(0, 3).join(', ')
    const definition = entry.gloss.replace(/; ".*$/, '')
    return `  ${score.toFixed(3)}  ${words} (${entry.part}): ${definition}`.slice(0, 118)
  })
  return [...lines, `  ${milliseconds.toFixed(1)} ms`].join('\n')
}
