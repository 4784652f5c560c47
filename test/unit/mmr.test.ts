import { maximalMarginalRelevance } from 'densenode'

import { expected } from './ranking-fixtures'

const { query, vectors, chosen } = expected.mmr
const flat = Float32Array.from(vectors.flat())
const asked = Float32Array.from(query)
const mmr = maximalMarginalRelevance as (...args: unknown[]) => { id: number; score: number }[]

test.each(chosen)('chooses as LangChain does: lambda $lambda', ({ lambda, ids }) => {
  const hits = maximalMarginalRelevance(asked, flat, { k: ids.length, lambda })
  expect(hits.map(({ id }) => id)).toEqual(ids)
})

test('scores are the values chosen with, and fall', () => {
  const hits = maximalMarginalRelevance(asked, flat, { k: 40 })
  expect(new Set(hits.map(({ id }) => id)).size).toBe(40)
  for (let i = 1; i < 40; i++) expect(hits[i].score).toBeLessThanOrEqual(hits[i - 1].score)
  const unit = new Float32Array([1, 0])
  const scores = maximalMarginalRelevance(unit, new Float32Array([2, 0, 3, 0, 0, 1]), { k: 3, lambda: 0.75 })
  expect(scores).toEqual([
    { id: 0, score: 0.75 },
    { id: 1, score: 0.5 },
    { id: 2, score: 0 },
  ])
})

test('views, vectors of zeros, no candidates', () => {
  const padded = new Float32Array([9, 1, 0, 0, 1, 0, 0, 9])
  const hits = maximalMarginalRelevance(new Float32Array([1, 0]), padded.subarray(1, 7), { k: 9 })
  expect(hits.map(({ id }) => id)).toEqual([0, 1, 2])
  expect(maximalMarginalRelevance(asked, new Float32Array(0), { k: 3 })).toEqual([])
})

test('wrong arguments', () => {
  expect(() => mmr([1], flat, { k: 1 })).toThrow('option "query": expected a Float32Array')
  expect(() => mmr(asked, new Float32Array(17), { k: 1 })).toThrow('multiple of the dimension 16')
  expect(() => mmr(asked, flat)).toThrow('option "k": expected an integer')
  expect(() => mmr(asked, flat, { k: 0 })).toThrow(RangeError)
  expect(() => mmr(asked, flat, { k: 1, lambda: 1.5 })).toThrow(
    'option "lambda": expected a number from 0 to 1',
  )
  expect(() => mmr(asked, new Float32Array(16).fill(Number.NaN), { k: 1 })).toThrow(
    'option "candidates": expected finite values',
  )
})
