import { cosineSimilarity, dotProduct, euclideanDistance, manhattanDistance } from 'densenode'

const all = { cosineSimilarity, dotProduct, euclideanDistance, manhattanDistance }

test('values by hand', () => {
  expect(dotProduct([1, 2, 3], [4, -5, 6])).toBe(12)
  expect(cosineSimilarity([3, 4], [4, 3])).toBeCloseTo(24 / 25, 15)
  expect(cosineSimilarity([1, 0], [0, 5])).toBe(0)
  expect(euclideanDistance([1, 2], [4, 6])).toBe(5)
  expect(manhattanDistance([1, 2], [4, -2])).toBe(7)
})

test('the angle of 60 degrees, in any scale', () => {
  const a = [1, 0]
  const b = [0.5, Math.sqrt(3) / 2]
  for (const scale of [1e-150, 1, 1e150])
    expect(
      cosineSimilarity(
        a.map((x) => x * scale),
        b.map((x) => x * scale),
      ),
    ).toBeCloseTo(0.5, 14)
})

test('cosine stays in [-1, 1] and is 0 for a zero vector', () => {
  const a = [0.1, 0.2, 0.3, 0.7]
  expect(cosineSimilarity(a, a)).toBeLessThanOrEqual(1)
  expect(cosineSimilarity(a, a)).toBeCloseTo(1, 15)
  expect(cosineSimilarity(a, [0, 0, 0, 0])).toBe(0)
  expect(cosineSimilarity([], [])).toBe(0)
})

test('sums run in double precision, also over Float32Array', () => {
  const n = 1_000_000
  const a = new Float32Array(n).fill(0.1)
  const x = Math.fround(0.1)
  expect(dotProduct(a, a)).toBeCloseTo(n * x * x, 6)
  expect(manhattanDistance(a, new Float32Array(n))).toBeCloseTo(n * x, 6)
})

test('on unit vectors the squared distance is 2 - 2 cos', () => {
  const a = [0.6, 0.8]
  const b = [-0.28, 0.96]
  expect(euclideanDistance(a, b) ** 2).toBeCloseTo(2 - 2 * cosineSimilarity(a, b), 14)
})

test('NaN goes through', () => {
  expect(dotProduct([Number.NaN], [1])).toBeNaN()
  expect(cosineSimilarity([Number.NaN], [1])).toBeNaN()
})

test.each(Object.entries(all))('%s checks its arguments', (_name, measure) => {
  expect(() => measure([1, 2], [1])).toThrow(RangeError)
  expect(() => measure([1, 2], [1])).toThrow(
    'option "b": expected a vector of the length of a (2), got length 1',
  )
  expect(() => measure([1, '2'] as never, [1, 2])).toThrow(
    'option "a[1]": expected a number, got "2" (string)',
  )
  expect(() => measure('12' as never, [1, 2])).toThrow(TypeError)
  expect(() => measure([1], new BigInt64Array(1) as never)).toThrow(TypeError)
  expect(measure(new Float32Array([1, 2]), [1, 2])).toBe(measure([1, 2], new Float64Array([1, 2])))
})
