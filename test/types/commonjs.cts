// Compiled only: the same types through require.
import densenode = require('densenode')

export async function search(texts: string[]): Promise<densenode.Hit[]> {
  const model = await densenode.EmbeddingModel.load('model')
  const index = await densenode.VectorIndex.create({ dimension: model.dimension, metric: 'ip' })
  const embeddings: densenode.Embeddings = await model.embed(texts)
  await index.add(embeddings)
  const results: densenode.SearchResults = await new densenode.Retriever(model, index).search('text', 10)
  // @ts-expect-error a closed set, here too
  await densenode.EmbeddingModel.load('model', { dtype: 'fp64' })
  return results.hits(0)
}
