import { readFileSync } from 'node:fs'
import * as path from 'node:path'

import { MultiVectorEmbeddings, MultiVectorEncoder, maxSim } from 'densenode'

import { failure, fixtures, TINY } from './support'

interface Reference {
  dimension: number
  queries: string[]
  documents: string[]
  queryVectors: number[][]
  documentVectors: number[][]
  scores: number[][]
}
const folder = path.join(fixtures, 'multi-vector')
const referenceOf = (name: string) =>
  JSON.parse(readFileSync(path.join(folder, name, 'reference.json'), 'utf8')) as Reference

function embeddingsOf(texts: number[][], dimension: number): MultiVectorEmbeddings {
  const offsets = [0]
  for (const text of texts) offsets.push(offsets.at(-1)! + text.length / dimension)
  return new MultiVectorEmbeddings(Float32Array.from(texts.flat()), dimension, Int32Array.from(offsets))
}

const close = (values: number[]) => values.map((value) => expect.closeTo(value, 4))
const models = ['tiny-sentence-transformers', 'tiny-pylate', 'tiny-stanford']

describe('token vectors and scores equal those of sentence-transformers', () => {
  test.each(models)('%s', async (name) => {
    const reference = referenceOf(name)
    await using encoder = await MultiVectorEncoder.load(path.join(folder, name), { dtype: 'fp32' })
    expect(encoder).toMatchObject({ dimension: reference.dimension, architecture: 'BertModel', name })
    const queries = await encoder.embedQueries(reference.queries)
    const documents = await encoder.embedDocuments(reference.documents)
    for (const [embeddings, expected] of [
      [queries, reference.queryVectors],
      [documents, reference.documentVectors],
    ] as const) {
      expect(embeddings.count).toBe(expected.length)
      for (let i = 0; i < expected.length; i++)
        expect(Array.from(embeddings.row(i))).toEqual(close(expected[i]!))
    }
    const scores = await maxSim(queries, documents)
    expect(Array.from(scores)).toEqual(reference.scores.flat().map((score) => expect.closeTo(score, 3)))
  })
})

test('maxSim: sum and mean, many documents, texts without vectors', async () => {
  const { queryVectors, documentVectors, dimension, scores } = referenceOf('tiny-pylate')
  const queries = embeddingsOf(queryVectors, dimension)
  const sums = await maxSim(queries, embeddingsOf(documentVectors, dimension))
  expect(Array.from(sums)).toEqual(scores.flat().map((score) => expect.closeTo(score, 3)))
  const means = await maxSim(queries, embeddingsOf(documentVectors, dimension), { mean: true })
  for (let q = 0; q < queries.count; q++)
    expect(means[q * documentVectors.length]! * (queryVectors[q]!.length / dimension)).toBeCloseTo(
      scores[q]![0]!,
      3,
    )

  const times = 200
  const many = embeddingsOf(Array.from({ length: times }, () => documentVectors).flat(), dimension)
  const repeated = await maxSim(queries, many)
  for (let q = 0; q < queries.count; q++)
    for (let t = 0; t < times; t += 67)
      expect(
        repeated.subarray(
          (q * times + t) * documentVectors.length,
          (q * times + t + 1) * documentVectors.length,
        ),
      ).toEqual(sums.subarray(q * documentVectors.length, (q + 1) * documentVectors.length))

  const empty = embeddingsOf([[], documentVectors[0]!], dimension)
  expect(Array.from(await maxSim(empty, empty)).slice(0, 3)).toEqual([0, 0, 0])
})

test('a model with unseen filling is for the CPU in fp32', async () => {
  const error = await failure(() =>
    MultiVectorEncoder.load(path.join(folder, 'tiny-pylate'), { dtype: 'bf16' }),
  )
  expect(error).toMatchObject({ code: 'MODEL_UNSUPPORTED', message: expect.stringContaining('fp32') })
  await using encoder = await MultiVectorEncoder.load(path.join(folder, 'tiny-pylate'))
  expect(encoder).toMatchObject({ device: 'cpu', dtype: 'fp32', queryTokens: 16, documentTokens: 36 })
})

test('one by one equals together; a second object; misuse', async () => {
  const { documents, dimension } = referenceOf('tiny-stanford')
  const encoder = await MultiVectorEncoder.load(path.join(folder, 'tiny-stanford'))
  const attached = MultiVectorEncoder.attach(encoder.share())
  const seen: number[] = []
  const together = await attached.embedDocuments(documents, { onProgress: (done) => seen.push(done) })
  expect(seen.at(-1)).toBe(documents.length)
  for (const [i, document] of documents.entries()) {
    const alone = await encoder.embedDocuments(document)
    expect(Array.from(alone.data)).toEqual(close(Array.from(together.row(i))))
  }
  await attached.dispose()
  const calls: [() => unknown, string][] = [
    [() => encoder.embedQueries(7 as never), '"texts"'],
    [() => new MultiVectorEmbeddings(new Float32Array(3), 2, Int32Array.of(0, 1)), '"data"'],
    [() => new MultiVectorEmbeddings(new Float32Array(4), 2, Int32Array.of(0, 1)), '"offsets"'],
    [() => maxSim(together, {} as never), '"documents"'],
    [() => maxSim(together, embeddingsOf([[1, 2]], 2)), `dimension ${dimension}`],
    [
      () =>
        maxSim(
          together,
          new MultiVectorEmbeddings(new Float32Array(dimension), dimension, Int32Array.of(0, 5, 1)),
        ),
      'must ascend',
    ],
  ]
  for (const [call, text] of calls) expect((await failure(call)).message).toContain(text)
  await encoder.dispose()
  expect(await failure(() => encoder.embedQueries('a'))).toBeInstanceOf(TypeError)
  expect(await failure(() => MultiVectorEncoder.load(path.join(TINY, '..', 'tiny-bert-mean')))).toMatchObject(
    {
      code: 'MODEL_UNSUPPORTED',
    },
  )
})
