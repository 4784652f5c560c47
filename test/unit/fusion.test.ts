import { type Hit, reciprocalRankFusion } from 'densenode'

const ranking = <Id>(...ids: Id[]): Hit<Id>[] => ids.map((id, i) => ({ id, score: 1 - i / 10 }))

test('the sum of 1 / (60 + rank)', () => {
  const fused = reciprocalRankFusion([ranking('a', 'b', 'c'), ranking('b', 'd')])
  expect(fused.map(({ id }) => id)).toEqual(['b', 'a', 'd', 'c'])
  expect(fused[0]!.score).toBeCloseTo(1 / 61 + 1 / 62, 15)
  expect(fused[1]!.score).toBeCloseTo(1 / 61, 15)
  expect(fused[2]!.score).toBeCloseTo(1 / 62, 15)
  expect(fused[3]!.score).toBeCloseTo(1 / 63, 15)
})

test('rankConstant and weights', () => {
  const fused = reciprocalRankFusion([ranking(1, 2), ranking(2, 3)], { rankConstant: 0, weights: [3, 0.5] })
  expect(fused).toEqual([
    { id: 1, score: 3 },
    { id: 2, score: 1.5 + 0.5 },
    { id: 3, score: 0.25 },
  ])
})

test('ties stand in the order of first appearance, whatever the order of addition', () => {
  const fused = reciprocalRankFusion([ranking('x', 'y', 'z'), ranking('y', 'z', 'x'), ranking('z', 'x', 'y')])
  expect(fused.map(({ id }) => id)).toEqual(['x', 'y', 'z'])
  expect(new Set(fused.map(({ score }) => score)).size).toBe(1)
  expect(reciprocalRankFusion([ranking('p'), ranking('q')]).map(({ id }) => id)).toEqual(['p', 'q'])
})

test('scores of the lists are ignored, a repeated document counts once', () => {
  const fused = reciprocalRankFusion([[...ranking(7, 8), { id: 7, score: 100 }]])
  expect(fused).toEqual([
    { id: 7, score: 1 / 61 },
    { id: 8, score: 1 / 62 },
  ])
})

test('nothing in, nothing out; inputs stay as they are', () => {
  expect(reciprocalRankFusion([])).toEqual([])
  expect(reciprocalRankFusion([[], []])).toEqual([])
  const list = Object.freeze(ranking(1n, 2n))
  expect(reciprocalRankFusion([list])).toHaveLength(2)
})

test('wrong arguments', () => {
  const fuse = reciprocalRankFusion as (lists: unknown, options?: unknown) => unknown
  expect(() => fuse('lists')).toThrow('option "lists": expected an array of rankings, got "lists" (string)')
  expect(() => fuse([ranking(1), 5])).toThrow(
    'option "lists[1]": expected an array of { id, score }, got 5 (number)',
  )
  expect(() => fuse([[{ score: 1 }]])).toThrow('option "lists[0][0]": expected an object with an id')
  expect(() => fuse([[null]])).toThrow(TypeError)
  expect(() => fuse([[]], { weights: [1, 2] })).toThrow('option "weights": expected one weight a list (1)')
  expect(() => fuse([[]], { weights: [-1] })).toThrow(
    'option "weights[0]": expected a finite number of at least 0',
  )
  expect(() => fuse([[]], { rankConstant: -1 })).toThrow(RangeError)
  expect(() => fuse([[]], { rankconstant: 1 })).toThrow('Did you mean "rankConstant"?')
})
