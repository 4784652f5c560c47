import { type DensenodeError, EmbeddingModel, VectorIndex } from 'densenode'

export async function neighbours(texts: string[]): Promise<number> {
  const model: EmbeddingModel = await EmbeddingModel.load('folder')
  const index = await VectorIndex.create({ dimension: model.dimension, metric: 'cosine' })
  await index.add(await model.embed(texts))
  // @ts-expect-error k is a number
  await index.search(await model.embed('query'), 'ten')
  return (await index.search(await model.embed('query'), 10)).hits(0)[0]?.id ?? -1
}

export const codeOf = (error: DensenodeError): string => error.code
