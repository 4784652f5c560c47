import * as path from 'node:path'

import { cosineSimilarity, EmbeddingModel, Retriever, VectorIndex } from 'densenode'
import { failure, fixtures, largestDifference, references } from './support'

const folder = (name: string) => path.join(fixtures, 'modules', name)
const load = (name: string) => EmbeddingModel.load(folder(name), { device: 'cpu', dtype: 'fp32' })

function expectLike(rows: Iterable<Float32Array>, name: string, set: string): void {
  const reference = references(`modules/${name}/reference`).set(set)
  const cosines = [...rows].map((row, i) => {
    const expected = reference.rows[i]!
    return row.some((value) => value !== 0) ? cosineSimilarity(row, expected) : 1 - Math.hypot(...expected)
  })
  expect(cosines).toHaveLength(reference.rows.length)
  expect(Math.min(...cosines)).toBeGreaterThanOrEqual(0.9999)
}

test('pooling modes joined end to end, without the prompt', async () => {
  const reference = references('modules/pooling/reference').set('joined')
  const pooling = ['cls', 'max', 'mean', 'mean_sqrt_len', 'weighted_mean', 'last_token'] as const
  const model = await EmbeddingModel.load(folder('pooling'), { dtype: 'fp32', pooling, includePrompt: false })
  expect(model).toMatchObject({ dimension: 6 * 16, pooling, tasks: [], needsTask: false })
  expectLike(await model.embed(reference.texts, { prompt: 'query' }), 'pooling', 'joined')
  await model.dispose()
})

test('wrong pooling options', async () => {
  for (const pooling of [[], ['mean', 'median'], 'median', 7] as never[]) {
    const error = await failure(() => EmbeddingModel.load(folder('pooling'), { pooling }))
    expect(error.message).toMatch(/^densenode: option "pooling/)
  }
})

test('Dense, LayerNorm and truncate_dim; the task chooses the prompt', async () => {
  const model = await load('dense')
  const { texts } = references('modules/dense/reference')
  expect(model).toMatchObject({
    dimension: 10,
    similarity: 'dot',
    defaultPrompt: 'passage',
    normalize: false,
  })
  expectLike(await model.embed(texts), 'dense', 'embeddings')
  expectLike(await model.embed(texts, { task: 'query' }), 'dense', 'task_query')
  expectLike(await model.embed(texts, { dimension: 5 }), 'dense', 'dimension_5')
  await model.dispose()
})

test('StaticEmbedding has no limit of length', async () => {
  const model = await EmbeddingModel.load(folder('static'))
  expect(model).toMatchObject({ maxTokens: Infinity, dtype: 'fp32', device: 'cpu' })
  const { texts } = references('modules/static/reference')
  expectLike(await model.embed(texts), 'static', 'embeddings')
  const { tokenCounts } = await model.embed('a '.repeat(5000))
  expect(tokenCounts[0]).toBe(5000)
  await model.dispose()
})

describe('a Router', () => {
  test('takes the way of the task; a Retriever knows which', async () => {
    const model = await load('router')
    const { texts } = references('modules/router/reference')
    expect(model).toMatchObject({ tasks: ['document', 'query'], needsTask: false })
    const documents = await model.embed(texts, { task: 'document' })
    const queries = await model.embed(texts, { task: 'query' })
    expectLike(documents, 'router', 'task_document')
    expectLike(queries, 'router', 'task_query')

    const index = await VectorIndex.create({ dimension: model.dimension, metric: 'cosine' })
    const retriever = new Retriever(model, index)
    await retriever.add(texts)
    expect(largestDifference(await index.reconstruct(3), documents.row(3))).toBeLessThan(1e-6)
    const found = await retriever.search(texts, 2)
    const expected = await index.search(queries, 2)
    expect(largestDifference(found.scores, expected.scores)).toBeLessThan(1e-5)
    const asDocuments = await retriever.search(texts, 1, { task: 'document', prompt: 'document' })
    for (const score of asDocuments.scores) expect(score).toBeCloseTo(1, 4)
    await Promise.all([retriever.dispose(), index.dispose(), model.dispose()])
  })

  test('without a way for texts of no task', async () => {
    const model = await load('asym')
    expect(model).toMatchObject({ tasks: ['doc', 'query'], needsTask: true })
    const error = await failure(() => model.embed('text'))
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toBe('densenode: option "task": expected one of "doc", "query", got undefined.')
    expect((await failure(() => model.embed('text', { task: 'document' }))).message).toContain('"doc"')
    for await (const batch of model.embedStream(['a', 'b'], { task: 'doc' })) expect(batch.count).toBe(2)
    await model.dispose()
  })
})
