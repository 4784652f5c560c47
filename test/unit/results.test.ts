import { Embeddings } from '#lib/embeddings'
import { RangeResults } from '#lib/range-results'
import { SearchResults } from '#lib/search-results'

describe('Embeddings', () => {
  const embeddings = new Embeddings(Float32Array.of(1, 2, 3, 4, 5, 6), 2, Int32Array.of(3, 4, 5))

  test('rows are views', () => {
    expect(embeddings.count).toBe(3)
    const row = embeddings.row(1)
    expect([...row]).toEqual([3, 4])
    expect(row.buffer).toBe(embeddings.data.buffer)
    expect(row.byteOffset).toBe(8)
  })

  test('iterates over rows', () => {
    expect([...embeddings].map((row) => [...row])).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ])
  })

  test('a row that is not there', () => {
    expect(() => embeddings.row(3)).toThrow('option "i": expected an integer from 0 to 2, got 3 (number)')
    expect(() => embeddings.row(-1)).toThrow(RangeError)
    expect(() => embeddings.row('0' as never)).toThrow(TypeError)
    expect(() => new Embeddings(new Float32Array(0), 2, new Int32Array(0)).row(0)).toThrow(RangeError)
  })
})

describe('SearchResults', () => {
  const ids = BigInt64Array.of(5n, 0n, -1n, -1n, 2n ** 53n, 1n)
  const scores = Float32Array.of(0.5, 0.25, -Infinity, -Infinity, 2, 1)
  const results = new SearchResults(ids, scores, 2, 3)

  test('hits without the pads', () => {
    expect(results.hits(0)).toEqual([
      { id: 5, score: 0.5 },
      { id: 0, score: 0.25 },
    ])
  })

  test('ids above 2^53 - 1 are never rounded', () => {
    const large = new SearchResults(BigInt64Array.of(2n ** 53n), Float32Array.of(1), 1, 1)
    expect(() => large.hits(0)).toThrow('id 9007199254740992 is above Number.MAX_SAFE_INTEGER')
    expect(large.hits(0, { bigint: true })).toEqual([{ id: 2n ** 53n, score: 1 }])
  })

  test('a row that is not there', () => {
    expect(() => results.hits(2)).toThrow('option "i": expected an integer from 0 to 1, got 2 (number)')
    expect(() => results.hits(0, { bigints: true } as never)).toThrow('Did you mean "bigint"?')
  })
})

describe('RangeResults', () => {
  const ids = BigInt64Array.of(5n, 0n, 2n ** 53n)
  const results = new RangeResults(ids, Float32Array.of(0.5, 0.25, 2), Int32Array.of(0, 2, 2, 3))

  test('rows of any length', () => {
    expect(results.count).toBe(3)
    expect(results.hits(0)).toEqual([
      { id: 5, score: 0.5 },
      { id: 0, score: 0.25 },
    ])
    expect(results.hits(1)).toEqual([])
  })

  test('ids above 2^53 - 1 are never rounded', () => {
    expect(() => results.hits(2)).toThrow('id 9007199254740992 is above Number.MAX_SAFE_INTEGER')
    expect(results.hits(2, { bigint: true })).toEqual([{ id: 2n ** 53n, score: 2 }])
  })

  test('a row that is not there', () => {
    expect(() => results.hits(3)).toThrow('option "i": expected an integer from 0 to 2, got 3 (number)')
  })
})
