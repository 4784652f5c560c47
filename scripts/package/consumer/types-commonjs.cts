import densenode = require('densenode')

export async function dimensionOf(folder: string): Promise<number> {
  const model: densenode.EmbeddingModel = await densenode.EmbeddingModel.load(folder, { device: 'cpu' })
  // @ts-expect-error not a device
  await densenode.EmbeddingModel.load(folder, { device: 'tpu' })
  return model.dimension
}
