import { readFileSync } from 'node:fs'
import * as path from 'node:path'

import { SparseEncoder, SparseIndex, sparseDotProduct } from 'densenode'

import { failure, fixtures, TINY } from './support'

interface Row {
  tokenIds: number[]
  weights: number[]
}
interface Reference {
  maxTokens: number
  dimension: number
  texts: string[]
  rows: Row[]
  kept: Row[]
  query?: Row[]
  similarity: number[][]
  decoded: [string, number][][]
}
const folder = path.join(fixtures, 'sparse')
const referenceOf = (name: string) =>
  JSON.parse(readFileSync(path.join(folder, name, 'reference.json'), 'utf8')) as Reference

/** Weights that round to nothing are left out on both sides. */
function rounded({ tokenIds, weights }: { tokenIds: ArrayLike<number>; weights: ArrayLike<number> }) {
  const pairs = Array.from(tokenIds, (id, i) => [id, weights[i]!] as const)
  return new Map(pairs.filter(([, weight]) => weight > 1e-4))
}

function expectRow(row: { tokenIds: Int32Array; weights: Float32Array }, expected: Row) {
  const [a, b] = [rounded(row), rounded(expected)]
  expect([...a.keys()]).toEqual([...b.keys()])
  for (const [id, weight] of b) expect(a.get(id)).toBeCloseTo(weight, 3)
}

const models = [
  ['tiny-bert', 'BertModel'],
  ['tiny-xlm-roberta', 'XLMRobertaModel'],
  ['tiny-distilbert', 'DistilBertModel'],
  ['tiny-modernbert', 'ModernBertModel'],
  ['tiny-gte', 'NewModel'],
] as const

describe('weights equal those of sentence-transformers', () => {
  test.each(models)('%s', async (name, architecture) => {
    const reference = referenceOf(name)
    const { texts, dimension, maxTokens } = reference
    await using encoder = await SparseEncoder.load(path.join(folder, name), { dtype: 'fp32' })
    expect(encoder).toMatchObject({ dimension, maxTokens, architecture, name })
    const embeddings = await encoder.embed(texts)
    expect(embeddings.count).toBe(texts.length)
    for (let i = 0; i < texts.length; i++) {
      expectRow(embeddings.row(i), reference.rows[i]!)
      for (let j = 0; j < 4; j++)
        expect(
          sparseDotProduct(embeddings.row(i), embeddings.row(j)) / reference.similarity[i]![j]!,
        ).toBeCloseTo(1, 4)
    }
    const kept = await encoder.embed(texts, { maxActive: 5 })
    for (let i = 0; i < texts.length; i++) expectRow(kept.row(i), reference.kept[i]!)
    expect(encoder.decode(embeddings.row(1), 5)).toEqual(
      reference.decoded[0]!.map(([token, weight]) => ({ token, weight: expect.closeTo(weight, 3) })),
    )
    if (reference.query) {
      const queries = await encoder.embed(texts.slice(0, 4), { prompt: 'query' })
      for (let i = 0; i < 4; i++) expectRow(queries.row(i), reference.query[i]!)
    }
  })
})

test('embeddings go into an index, which finds each text by itself', async () => {
  const { texts } = referenceOf('tiny-bert')
  await using encoder = await SparseEncoder.load(path.join(folder, 'tiny-bert'), { dtype: 'fp32' })
  await using index = await SparseIndex.create()
  const embeddings = await encoder.embed(texts)
  await index.add(embeddings)
  const results = await index.search(embeddings, texts.length)
  for (let i = 0; i < texts.length; i++) {
    const scores = texts.map((_, j) => sparseDotProduct(embeddings.row(i), embeddings.row(j)))
    expect(results.hits(i)[0]!.score / Math.max(...scores)).toBeCloseTo(1, 4)
  }
})

test('many texts at once equal one by one; a second object; misuse', async () => {
  const { texts } = referenceOf('tiny-bert')
  const encoder = await SparseEncoder.load(path.join(folder, 'tiny-bert'), { dtype: 'fp32' })
  const attached = SparseEncoder.attach(encoder.share())
  const many = Array.from({ length: 30 }, () => texts).flat()
  const seen: number[] = []
  const together = await attached.embed(many, { onProgress: (done) => seen.push(done) })
  expect(seen.at(-1)).toBe(many.length)
  for (let i = 0; i < texts.length; i++) {
    const alone = await encoder.embed(texts[i]!)
    expectRow(together.row(i), {
      tokenIds: Array.from(alone.row(0).tokenIds),
      weights: Array.from(alone.row(0).weights),
    })
  }
  await attached.dispose()
  expect((await failure(() => encoder.embed('a', { maxActive: 0 }))).message).toContain('"maxActive"')
  expect((await failure(() => encoder.embed('a', { prompt: 'query' }))).message).toContain('"prompt"')
  expect((await failure(() => encoder.decode({} as never))).message).toContain('"row.tokenIds"')
  await encoder.dispose()
  expect(await failure(() => encoder.embed('a'))).toBeInstanceOf(TypeError)
  expect(await failure(() => SparseEncoder.load(path.join(TINY, '..', 'tiny-bert-mean')))).toMatchObject({
    code: 'MODEL_UNSUPPORTED',
    message: expect.stringContaining('BertForMaskedLM'),
  })
})
