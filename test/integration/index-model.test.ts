// The name of the model that made the embeddings of an index.
import * as path from 'node:path'

import { Bm25Index, EmbeddingModel, HybridRetriever, Retriever, VectorIndex } from 'densenode'
import { scratchFolder } from '../scratch-folder'
import { failure, TINY } from './support'

const folder = scratchFolder('model')

test('is kept in the file, and a retriever refuses another model', async () => {
  await using model = await EmbeddingModel.load(TINY)
  expect(model.name).toBe('tiny-bert-cls')
  const file = path.join(folder, 'index.dn')
  for (const name of ['', model.name, `somebody/${model.name}`]) {
    await using index = await VectorIndex.create({
      dimension: model.dimension,
      metric: 'cosine',
      model: name,
    })
    expect(index.model).toBe(name)
    await index.save(file)
    await using opened = await VectorIndex.open(file)
    expect(opened.model).toBe(name)
    await using retriever = new Retriever(model, opened)
    await retriever.add(['a text'])
  }
  await using other = await VectorIndex.create({
    dimension: model.dimension,
    metric: 'cosine',
    model: 'BAAI/other',
  })
  expect(() => new Retriever(model, other)).toThrow(
    /embeddings of "tiny-bert-cls", got one of "BAAI\/other".*anyModel/,
  )
  await using retriever = new Retriever(model, other, { anyModel: true })
  await retriever.add(['a text'])
  expect(() => new Retriever(model, other, { anyModel: 1 as never })).toThrow(TypeError)
  await using bm25 = await Bm25Index.create()
  expect(() => new HybridRetriever({ model, index: other, bm25 })).toThrow(/anyModel/)
  await using hybrid = new HybridRetriever({ model, index: other, bm25, anyModel: true })
  await hybrid.add(['a text'], [7])
  expect(
    await failure(() => VectorIndex.create({ dimension: 3, metric: 'ip', model: 7 as never })),
  ).toBeInstanceOf(TypeError)
})
