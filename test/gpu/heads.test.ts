import { readFileSync } from 'node:fs'
import * as path from 'node:path'

import { cosineSimilarity, type EmbeddingModelOptions, Reranker, SparseEncoder } from 'densenode'

import { fixtures } from '../integration/support'
import { DEVICE, describeOnGpu } from './support'

/* What the host computes from the token vectors of a GPU: scores of pairs and sparse embeddings, against sentence-transformers
   (test/fixtures/make_rerankers.py and make_sparse_encoders.py). */

// The first use of a device loads libraries of gigabytes.
jest.setTimeout(300_000)

const device = DEVICE as EmbeddingModelOptions['device']
const read = (...names: string[]) => JSON.parse(readFileSync(path.join(fixtures, ...names), 'utf8'))
const dtypes = ['fp16', 'fp32'] as const

describeOnGpu('Reranker on a GPU', () => {
  const pairs = read('rerankers', 'pairs.json') as [string, string][]
  const models = ['bert', 'xlm-roberta', 'distilbert', 'electra', 'albert', 'roberta', 'camembert', 'modular']
  const cases = models.flatMap((name) => dtypes.map((dtype) => [`tiny-${name}`, dtype] as const))
  test.each(cases)('%s in %s', async (name, dtype) => {
    const { logits } = read('rerankers', name, 'reference.json') as { logits: number[] }
    await using reranker = await Reranker.load(path.join(fixtures, 'rerankers', name), { device, dtype })
    expect(reranker).toMatchObject({ device: DEVICE, dtype })
    const found = await reranker.predict(pairs, { activation: 'identity' })
    expect(found).toHaveLength(logits.length)
    if (dtype === 'fp32') expect(Array.from(found)).toEqual(logits.map((x) => expect.closeTo(x, 3)))
    expect(cosineSimilarity(found, Float32Array.from(logits))).toBeGreaterThan(0.999)
  })
})

describeOnGpu('SparseEncoder on a GPU', () => {
  interface Row {
    tokenIds: number[]
    weights: number[]
  }
  interface Reference {
    dimension: number
    texts: string[]
    rows: Row[]
  }
  const dense = ({ tokenIds, weights }: { [P in keyof Row]: ArrayLike<number> }, dimension: number) => {
    const values = new Float32Array(dimension)
    for (let i = 0; i < tokenIds.length; i++) values[tokenIds[i]!] = weights[i]!
    return values
  }
  const cases = ['tiny-bert', 'tiny-xlm-roberta', 'tiny-distilbert'].flatMap((name) =>
    dtypes.map((dtype) => [name, dtype] as const),
  )
  test.each(cases)('%s in %s', async (name, dtype) => {
    const { texts, rows, dimension } = read('sparse', name, 'reference.json') as Reference
    await using encoder = await SparseEncoder.load(path.join(fixtures, 'sparse', name), { device, dtype })
    expect(encoder).toMatchObject({ device: DEVICE, dtype, dimension })
    const embeddings = await encoder.embed(texts)
    for (const [i, expected] of rows.entries()) {
      const found = dense(embeddings.row(i), dimension)
      expect(cosineSimilarity(found, dense(expected, dimension))).toBeGreaterThan(
        dtype === 'fp32' ? 0.9999 : 0.999,
      )
    }
  })
})
