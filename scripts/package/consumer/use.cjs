// What both module systems do with the package: text in, neighbours out.
const TEXTS = ['The weather is lovely today.', 'He drove to the stadium.', 'A cat sleeps on the sofa.']

module.exports = async function use({ EmbeddingModel, Retriever, VectorIndex }, folder) {
  const model = await EmbeddingModel.load(folder)
  const index = await VectorIndex.create({ dimension: model.dimension, metric: 'cosine' })
  await index.add(await model.embed(TEXTS))
  const results = await new Retriever(model, index).search('a kitten is resting', 1)
  const [best] = results.hits(0)
  if (best.id !== 2 || !(best.score > 0.4))
    throw new Error(`expected text 2 first, received ${JSON.stringify(best)}`)
  index.dispose()
  model.dispose()
}
