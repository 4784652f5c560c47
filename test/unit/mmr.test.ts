import { maximalMarginalRelevance } from 'densenode'

import { expected } from './ranking-fixtures'

const { query, vectors, chosen } = expected.mmr
const flat = Float32Array.from(vectors.flat())
const asked = Float32Array.from(query)
const mmr = maximalMarginalRelevance as (...args: unknown[]) => Promise<unknown>

test.each(chosen)('chooses as LangChain does: lambda $lambda', async ({ lambda, ids }) => {
  const hits = await maximalMarginalRelevance(asked, flat, { k: ids.length, lambda })
  expect(hits.map(({ id }) => id)).toEqual(ids)
})

test('scores are the values chosen with, and fall', async () => {
  const hits = await maximalMarginalRelevance(asked, flat, { k: 40 })
  expect(new Set(hits.map(({ id }) => id)).size).toBe(40)
  for (let i = 1; i < 40; i++) expect(hits[i].score).toBeLessThanOrEqual(hits[i - 1].score)
  const unit = new Float32Array([1, 0])
  const scores = await maximalMarginalRelevance(unit, new Float32Array([2, 0, 3, 0, 0, 1]), {
    k: 3,
    lambda: 0.75,
  })
  expect(scores).toEqual([
    { id: 0, score: 0.75 },
    { id: 1, score: 0.5 },
    { id: 2, score: 0 },
  ])
})

test('views, vectors of zeros, no candidates', async () => {
  const padded = new Float32Array([9, 1, 0, 0, 1, 0, 0, 9])
  const hits = await maximalMarginalRelevance(new Float32Array([1, 0]), padded.subarray(1, 7), { k: 9 })
  expect(hits.map(({ id }) => id)).toEqual([0, 1, 2])
  expect(await maximalMarginalRelevance(asked, new Float32Array(0), { k: 3 })).toEqual([])
})

test('k beyond the candidates chooses all', async () => {
  const hits = await maximalMarginalRelevance(asked, flat, { k: 1e9, lambda: 0 })
  expect(hits).toHaveLength(flat.length / 16)
})

test('an aborted signal', async () => {
  const reason = new Error('enough')
  const signal = AbortSignal.abort(reason)
  await expect(maximalMarginalRelevance(asked, flat, { k: 1, signal })).rejects.toBe(reason)
})

test('wrong arguments', async () => {
  await expect(mmr([1], flat, { k: 1 })).rejects.toThrow('option "query": expected a Float32Array')
  await expect(mmr(asked, new Float32Array(17), { k: 1 })).rejects.toThrow('multiple of the dimension 16')
  await expect(mmr(asked, flat)).rejects.toThrow('option "k": expected an integer')
  await expect(mmr(asked, flat, { k: 0 })).rejects.toThrow(RangeError)
  await expect(mmr(asked, flat, { k: 1, lambda: 1.5 })).rejects.toThrow(
    'option "lambda": expected a number from 0 to 1',
  )
  const bad = flat.slice(0, 48)
  bad[33] = Number.NaN
  const error = await mmr(asked, bad, { k: 1 }).catch((error: unknown) => error)
  expect(error).toBeInstanceOf(RangeError)
  expect((error as Error).message).toContain('candidate 2 has NaN at position 1')
})
