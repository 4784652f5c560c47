// Texts to nearest neighbours. Run from a clone after `npm run quickstart`:
//   node examples/semantic-search.mjs [model folder]
import { EmbeddingModel, Retriever, VectorIndex } from 'densenode'

const texts = [
  'The cat sleeps on the warm windowsill.',
  'Interest rates rose for the third time this year.',
  'A kitten is napping in the sun.',
  'The central bank tightened its monetary policy.',
  'Fresh bread smells best early in the morning.',
]

const model = await EmbeddingModel.load(process.argv[2] ?? 'all-MiniLM-L6-v2')
const index = await VectorIndex.create({ dimension: model.dimension, metric: 'cosine' })
const embeddings = await model.embed(texts, { onProgress: (done) => console.log(`${done} texts embedded`) })
await index.add(embeddings.data)

const retriever = new Retriever(model, index)
for (const query of ['a sleeping pet', 'monetary policy news']) {
  const results = await retriever.search(query, 2)
  console.log(query)
  for (const { id, score } of results.hits(0)) console.log(`  ${score.toFixed(3)}  ${texts[id]}`)
}
await model.dispose()
await index.dispose()
