import * as path from 'node:path'

import { cosineSimilarity, EmbeddingModel, type EmbeddingModelOptions } from 'densenode'

import { failure, fixtures, references } from '../integration/support'
import { DEVICE, describeOnGpu } from './support'

/* BERT's relatives, with random weights, against sentence-transformers (test/fixtures/make_architectures.py). */

// The first use of a device loads libraries of gigabytes.
jest.setTimeout(300_000)

const device = DEVICE as EmbeddingModelOptions['device']
const load = (name: string, options: EmbeddingModelOptions) =>
  EmbeddingModel.load(path.join(fixtures, 'models', name), options)

describeOnGpu("BERT's relatives on a GPU", () => {
  const families = [
    ['tiny-albert', 'AlbertModel'],
    ['tiny-camembert', 'CamembertModel'],
    ['tiny-distilbert', 'DistilBertModel'],
    ['tiny-electra', 'ElectraModel'],
    ['tiny-roberta', 'RobertaModel'],
    ['tiny-xlm-roberta', 'XLMRobertaModel'],
  ] as const
  const dtypes = [
    ['fp16', 0.999],
    ['fp32', 0.9999],
  ] as const
  const cases = families.flatMap(([name, architecture]) =>
    dtypes.map(([dtype, leastCosine]) => ({ name, architecture, dtype, leastCosine })),
  )

  test.each(cases)('$name in $dtype', async ({ name, architecture, dtype, leastCosine }) => {
    const reference = references(`models/${name}/reference`)
    const { rows, texts } = reference.set('embeddings')
    await using model = await load(name, { device, dtype })
    expect(model).toMatchObject({ device: DEVICE, dtype, architecture })
    const embeddings = await model.embed(texts)
    expect([...embeddings.tokenCounts]).toEqual(reference.manifest.tokenCounts)
    // Lone texts go another way: their work is recorded once and replayed.
    for (const [i, row] of rows.entries()) {
      expect(cosineSimilarity(embeddings.row(i), row)).toBeGreaterThanOrEqual(leastCosine)
      const { data } = await model.embed(texts[i]!)
      expect(cosineSimilarity(data, row)).toBeGreaterThanOrEqual(leastCosine)
    }
  })

  const onCpuAlone = [
    ['tiny-modernbert', 'rotary positions'],
    ['tiny-mpnet', 'a relative bias'],
    ['tiny-jina-bert', 'ALiBi'],
  ] as const
  test.each(onCpuAlone)('%s has %s: refused there by name, and auto takes the CPU', async (name, feature) => {
    expect(await failure(() => load(name, { device }))).toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      message: expect.stringContaining(feature),
    })
    await using model = await load(name, {})
    expect(model.device).toBe('cpu')
  })
})
