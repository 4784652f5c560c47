import { type Hit, reciprocalRankFusion, type ScoreNormalization, weightedFusion } from 'densenode'

import { expected } from './ranking-fixtures'

const hits = <Id>(...pairs: [Id, number][]): Hit<Id>[] => pairs.map(([id, score]) => ({ id, score }))

const lists = expected.fusion.lists.map((list) => hits(...list))
const { weights } = expected.fusion

function equalsRanx(fused: Hit<string>[], scores: Record<string, number>): void {
  expect(fused).toHaveLength(Object.keys(scores).length)
  for (const { id, score } of fused) expect(score).toBeCloseTo(scores[id], 10)
  for (let i = 1; i < fused.length; i++)
    expect(fused[i - 1].score > fused[i].score || fused[i - 1].id < fused[i].id).toBe(true)
}

test.each([
  ['minmax', 'wsum min-max'],
  ['zscore', 'wsum zmuv'],
  ['none', 'wsum None'],
] as [ScoreNormalization, string][])('%s equals ranx', (normalization, name) => {
  equalsRanx(weightedFusion(lists, { weights, normalization }), expected.fusion[name])
})

test('reciprocal rank fusion equals ranx', () => {
  equalsRanx(reciprocalRankFusion(lists), expected.fusion['rrf 60'])
})

test('a list without a document adds 0', () => {
  const fused = weightedFusion([hits(['a', 9], ['b', 5], ['c', 1]), hits(['b', 3], ['d', 1])])
  expect(fused).toEqual(hits(['b', 1.5], ['a', 1], ['c', 0], ['d', 0]))
})

test('distances: rising scores are turned over', () => {
  const fused = weightedFusion([hits(['near', 0.5], ['far', 2.5]), hits(['far', 8], ['near', 6])], {
    weights: [1, 0.5],
  })
  expect(fused).toEqual(hits(['near', 1], ['far', 0.5]))
  expect(weightedFusion([hits([1, 2], [2, 3])], { normalization: 'none' })).toEqual(hits([1, -2], [2, -3]))
})

test('a list of equal scores, or of one, says "found" and no more', () => {
  const lists = [hits(['a', 7]), hits(['b', 3], ['a', 1])]
  expect(weightedFusion(lists)).toEqual(hits(['a', 1], ['b', 1]))
  expect(weightedFusion([hits(['a', 7], ['b', 7])], { normalization: 'zscore' })).toEqual(
    hits(['a', 0], ['b', 0]),
  )
})

test('ties go by id: numbers and bigints by value, strings by code unit', () => {
  const one = <Id>(...ids: Id[]) => ids.map((id) => hits([id, 1]))
  const order = <Id extends number | bigint | string>(lists: Hit<Id>[][]) =>
    weightedFusion(lists).map(({ id }) => id)
  expect(order(one(10, 9, 2))).toEqual([2, 9, 10])
  expect(order(one(2n ** 60n, 5n))).toEqual([5n, 2n ** 60n])
  expect(order(one('b', 'B', 'a'))).toEqual(['B', 'a', 'b'])
  expect(reciprocalRankFusion(one(3, 1, 2)).map(({ id }) => id)).toEqual([1, 2, 3])
})

test('nothing in, nothing out; of a document that stands in a list twice the better place counts', () => {
  expect(weightedFusion([])).toEqual([])
  expect(weightedFusion([[], []])).toEqual([])
  expect(weightedFusion([hits(['a', 3], ['b', 2], ['a', 1], ['c', 1])])).toEqual(
    hits(['a', 1], ['b', 0.5], ['c', 0]),
  )
})

test('wrong arguments', () => {
  const fuse = weightedFusion as (lists: unknown, options?: unknown) => unknown
  expect(() => fuse(5)).toThrow('option "lists": expected an array of rankings, got 5 (number)')
  expect(() => fuse([hits(['a', Number.NaN])])).toThrow(
    'option "lists[0][0].score": expected a finite number',
  )
  expect(() => fuse([[{ id: 'a' }]])).toThrow(TypeError)
  expect(() => fuse([hits(['a', 3], ['b', 1], ['c', 2])])).toThrow('Its scores turn at place 2.')
  expect(() => fuse([[]], { normalization: 'max' })).toThrow('option "normalization": expected one of')
  expect(() => fuse([[]], { weights: [-1] })).toThrow(RangeError)
  expect(() => fuse([[]], { weight: [1] })).toThrow('Did you mean "weights"?')
})
