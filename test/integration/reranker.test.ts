import { readFileSync } from 'node:fs'
import * as path from 'node:path'

import { cosineSimilarity, Reranker } from 'densenode'

import { failure, fixtures, TINY } from './support'

const folder = path.join(fixtures, 'rerankers')
const read = (...names: string[]) => JSON.parse(readFileSync(path.join(folder, ...names), 'utf8'))
const pairs = read('pairs.json') as [string, string][]

interface Reference {
  maxTokens: number
  labels: number
  scores: number[]
  logits: number[]
}
const models = [
  ['tiny-bert', 'BertModel', 'identity'],
  ['tiny-xlm-roberta', 'XLMRobertaModel', 'sigmoid'],
  ['tiny-distilbert', 'DistilBertModel', 'identity'],
  ['tiny-electra', 'ElectraModel', 'sigmoid'],
  ['tiny-albert', 'AlbertModel', 'identity'],
  ['tiny-modernbert', 'ModernBertModel', 'identity'],
  ['tiny-roberta', 'RobertaModel', 'sigmoid'],
  ['tiny-mpnet', 'MPNetModel', 'sigmoid'],
  ['tiny-camembert', 'CamembertModel', 'sigmoid'],
  ['tiny-gte', 'NewModel', 'sigmoid'],
  ['tiny-modular', 'BertModel', 'identity'],
] as const

describe('scores equal those of sentence-transformers', () => {
  test.each(models)('%s', async (name, architecture, activation) => {
    const reference = read(name, 'reference.json') as Reference
    await using reranker = await Reranker.load(path.join(folder, name), { dtype: 'fp32' })
    const { labels, maxTokens } = reference
    expect(reranker).toMatchObject({ labels, maxTokens, architecture, activation, dtype: 'fp32', name })
    const close = (values: number[]) => values.map((value) => expect.closeTo(value, 4))
    expect(Array.from(await reranker.predict(pairs))).toEqual(close(reference.scores))
    const logits = await reranker.predict(pairs, { activation: 'identity' })
    expect(Array.from(logits)).toEqual(close(reference.logits))
  })
})

test.each(models)('%s in the dtype that is chosen keeps a cosine of .999', async (name) => {
  const { logits } = read(name, 'reference.json') as Reference
  await using reranker = await Reranker.load(path.join(folder, name)) // bf16 where the CPU has it
  const found = await reranker.predict(pairs, { activation: 'identity' })
  expect(cosineSimilarity(found, logits)).toBeGreaterThan(0.999)
})

const source = path.join(folder, 'tiny-xlm-roberta')

test('rerank gives the best first, by index, at most topK', async () => {
  await using reranker = await Reranker.load(source, { dtype: 'fp32' })
  const query = pairs[3]![0]
  const texts = pairs.map((pair) => pair[1])
  const scores = await reranker.predict(texts.map((text) => [query, text]))
  const expected = Array.from(scores, (score, index) => ({ index, score })).sort(
    (a, b) => b.score - a.score || a.index - b.index,
  )
  const close = (results: typeof expected) =>
    results.map(({ index, score }) => ({ index, score: expect.closeTo(score, 5) }))
  expect(await reranker.rerank(query, texts)).toEqual(close(expected))
  expect(await reranker.rerank(query, texts, { topK: 3 })).toEqual(close(expected.slice(0, 3)))
  expect(await reranker.rerank(query, [])).toEqual([])
})

test('softmax over the labels of a pair', async () => {
  await using reranker = await Reranker.load(path.join(folder, 'tiny-distilbert'), { dtype: 'fp32' })
  const logits = await reranker.predict(pairs, { activation: 'identity' })
  const shares = await reranker.predict(pairs, { activation: 'softmax' })
  for (let i = 0; i < pairs.length; i++) {
    const powers = Array.from(logits.subarray(3 * i, 3 * i + 3), Math.exp)
    const sum = powers.reduce((a, b) => a + b)
    expect(Array.from(shares.subarray(3 * i, 3 * i + 3))).toEqual(
      powers.map((power) => expect.closeTo(power / sum, 5)),
    )
  }
})

test('progress, a signal, a second object, dispose', async () => {
  const reranker = await Reranker.load(source)
  const seen: number[] = []
  const attached = Reranker.attach(reranker.share())
  const many = Array.from({ length: 20 }, () => pairs).flat()
  const scores = await attached.predict(many, { onProgress: (done, total) => seen.push(done, total) })
  expect(seen.slice(-2)).toEqual([many.length, many.length])
  expect(await reranker.predict(many)).toEqual(scores)
  const reason = new Error('enough')
  const stop = () => {
    throw reason
  }
  expect(await failure(() => reranker.predict(many, { onProgress: stop }))).toBe(reason)
  expect(await failure(() => reranker.predict(many, { signal: AbortSignal.abort(reason) }))).toBe(reason)
  await reranker.dispose()
  expect(await failure(() => reranker.predict(pairs))).toBeInstanceOf(TypeError)
  expect(await attached.predict(pairs)).toHaveLength(pairs.length)
  await attached.dispose()
})

test('misuse, and a folder that is no cross-encoder', async () => {
  await using reranker = await Reranker.load(source)
  const calls: [() => unknown, string][] = [
    [() => Reranker.load(source, { pooling: 'cls' } as never), '"pooling"'],
    [() => reranker.rerank('a', 'b' as never), '"texts"'],
    [() => reranker.rerank(7 as never, ['b']), '"query"'],
    [() => reranker.rerank('a', ['b', 7 as never]), '"texts[1]"'],
    [() => reranker.predict([['a']] as never), '"pairs[0]"'],
    [
      () =>
        reranker.predict([
          ['a', 'b'],
          ['a', 7],
        ] as never),
      '"pairs[1][1]"',
    ],
    [() => reranker.rerank('a', ['b'], { topK: 0 }), '"topK"'],
    [() => reranker.rerank('a', ['b'], { activation: 'tanh' as never }), '"activation"'],
  ]
  for (const [call, text] of calls) expect((await failure(call)).message).toContain(text)
  await using several = await Reranker.load(path.join(folder, 'tiny-distilbert'))
  expect((await failure(() => several.rerank('a', ['b']))).message).toContain('3 scores a pair')
  expect(await failure(() => Reranker.load(path.join(TINY, '..', 'tiny-bert-mean')))).toMatchObject({
    code: 'MODEL_UNSUPPORTED',
    message: expect.stringContaining('BertForSequenceClassification'),
  })
})
