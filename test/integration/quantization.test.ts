import { readFileSync } from 'node:fs'
import * as path from 'node:path'

import { BinaryIndex, type Precision, quantizeEmbeddings, rescore, VectorIndex } from 'densenode'

import { scratchFolder } from '../scratch-folder'
import { failure, fixtures, randomVectors } from './support'

interface References {
  dimension: number
  passages: number[]
  queries: number[]
  calibration: number[]
  ranges: number[]
  codes: Record<'own' | 'calibration' | 'ranges', Partial<Record<Precision, number[]>>>
  searches: Record<'hamming' | 'rescored' | 'uint8', [number, number][][]>
}
const references = JSON.parse(
  readFileSync(path.join(fixtures, 'quantization', 'references.json'), 'utf8'),
) as References
const { dimension, codes, searches } = references
const passages = Float32Array.from(references.passages)
const queries = Float32Array.from(references.queries)
const calibration = Float32Array.from(references.calibration)
const ranges = Float32Array.from(references.ranges)
const scratch = scratchFolder('quantization')

describe('codes equal those of sentence-transformers', () => {
  const ways = { own: {}, calibration: { calibration }, ranges: { ranges } }
  const cases = (['own', 'calibration', 'ranges'] as const).flatMap((way) =>
    (Object.keys(codes[way]) as Precision[]).map((precision) => [precision, way] as const),
  )
  test.each(cases)('%s with %s ranges', async (precision, way) => {
    const quantized = await quantizeEmbeddings(passages, { precision, dimension, ...ways[way] })
    expect(Array.from(quantized.data)).toEqual(codes[way][precision])
    const signed = precision === 'int8' || precision === 'binary'
    expect(quantized.data).toBeInstanceOf(signed ? Int8Array : Uint8Array)
    expect(quantized).toMatchObject({ precision, dimension, count: passages.length / dimension })
    expect(quantized.row(2)).toEqual(
      quantized.data.subarray(2 * quantized.bytesPerEmbedding, 3 * quantized.bytesPerEmbedding),
    )
  })

  test('ranges of one call serve another, row by row', async () => {
    const all = await quantizeEmbeddings(passages, { precision: 'int8', dimension })
    const one = passages.subarray(5 * dimension, 6 * dimension)
    const again = await quantizeEmbeddings(one, { precision: 'int8', dimension, ranges: all.ranges! })
    expect(again.data).toEqual(all.row(5))
  })

  test('many rows, cut among the threads, equal a few', async () => {
    const count = 40_000
    const many = Float32Array.from({ length: count * dimension }, (_, i) => passages[i % passages.length]!)
    const quantized = await quantizeEmbeddings(many, { precision: 'uint8', dimension })
    const period = codes.own.uint8!
    expect(quantized.data.every((code, i) => code === period[i % period.length])).toBe(true)
  })

  test('no embedding at all', async () => {
    const none = await quantizeEmbeddings(new Float32Array(0), { precision: 'int8', dimension })
    expect(none).toMatchObject({ count: 0, data: new Int8Array(0) })
  })
})

describe('misuse of quantizeEmbeddings', () => {
  test.each([
    ['embeddings', passages, { precision: 'int8' }, '"dimension"'],
    ['precision', passages, { precision: 'int4', dimension }, '"precision"'],
    ['one embedding', passages.subarray(0, dimension), { precision: 'int8', dimension }, 'Give ranges'],
    ['short ranges', passages, { precision: 'int8', dimension, ranges: ranges.subarray(1) }, '2 x dimension'],
    ['ranges of bits', passages, { precision: 'binary', dimension, ranges }, 'has no ranges'],
    [
      'falling ranges',
      passages,
      { precision: 'int8', dimension, ranges: ranges.map((x) => -x) },
      'dimension 0',
    ],
    [
      'NaN',
      passages.map((x, i) => (i === 7 * dimension ? NaN : x)),
      { precision: 'binary', dimension },
      'embedding 7',
    ],
    [
      'NaN',
      passages.map((x, i) => (i === 7 * dimension ? NaN : x)),
      { precision: 'int8', dimension },
      'embedding 7',
    ],
    [
      'NaN',
      passages.map((x, i) => (i === 9 * dimension ? NaN : x)),
      { precision: 'uint8', dimension, ranges },
      'embedding 9',
    ],
  ] as const)('%s', async (_, embeddings, options, text) => {
    const error = await failure(() => quantizeEmbeddings(embeddings, options as never))
    expect(error).toBeInstanceOf(RangeError)
    expect(error.message).toContain(text)
  })
})

describe('BinaryIndex', () => {
  async function filled(): Promise<BinaryIndex> {
    const index = await BinaryIndex.create({ dimension })
    await index.add(passages)
    return index
  }

  test('Hamming distances equal those of IndexBinaryFlat', async () => {
    await using index = await filled()
    const quantized = await quantizeEmbeddings(queries, { precision: 'ubinary', dimension })
    const signed = await quantizeEmbeddings(queries, { precision: 'binary', dimension })
    for (const results of [
      await index.search(queries, 5, { rescoreMultiplier: 0 }),
      await index.search(quantized, 5),
      await index.search(signed, 5),
    ]) {
      searches.hamming.forEach((expected, q) => {
        expect(results.hits(q).map((hit) => hit.score)).toEqual(expected.map(([, distance]) => distance))
      })
    }
  })

  test('rescored results are those of semantic_search_faiss', async () => {
    await using index = await filled()
    const results = await index.search(queries, 5, { rescoreMultiplier: 4 })
    searches.rescored.forEach((expected, q) => {
      const hits = results.hits(q)
      expect(hits.map((hit) => hit.score)).toEqual(expected.map(([, score]) => expect.closeTo(score, 6)))
      expect(hits[0]!.id).toBe(expected[0]![0])
    })
  })

  test('quantized embeddings, ids of its own, removal, a filter, a file', async () => {
    await using index = await BinaryIndex.create({ dimension })
    const quantized = await quantizeEmbeddings(passages, { precision: 'binary', dimension })
    const ids = Array.from({ length: quantized.count }, (_, i) => 1000 - i)
    await index.add(quantized, ids)
    await using plain = await filled()
    const nearest = await plain.search(queries, 60)
    const renamed = await index.search(queries, 60)
    expect(renamed.ids).toEqual(nearest.ids.map((id) => 1000n - id))
    expect(renamed.scores).toEqual(nearest.scores)

    const gone = [nearest.ids[0]!, nearest.ids[1]!]
    expect(await plain.remove(gone)).toBe(2)
    expect(plain.count).toBe(58)
    const left = await plain.search(queries, 60)
    expect(left.hits(0).map((hit) => hit.id)).toEqual(
      nearest
        .hits(0)
        .slice(2)
        .map((hit) => hit.id),
    )
    expect(left.ids.subarray(58, 60)).toEqual(BigInt64Array.of(-1n, -1n))
    expect(left.scores.subarray(58, 60)).toEqual(Float32Array.of(-Infinity, -Infinity))

    const filtered = await index.search(queries, 3, { filter: { ids: [1000, 990, 980] } })
    expect(new Set(filtered.hits(1).map((hit) => hit.id))).toEqual(new Set([1000, 990, 980]))

    const file = path.join(scratch, 'index.dn')
    await plain.save(file)
    await using opened = await BinaryIndex.open(file)
    expect(opened).toMatchObject({ dimension, count: 58 })
    expect((await opened.search(queries, 60)).ids).toEqual(left.ids)
    await opened.add(passages.subarray(0, dimension))
    expect((await opened.search(passages.subarray(0, dimension), 60)).hits(0)).toContainEqual({
      id: 60,
      score: expect.any(Number),
    })
    await using attached = BinaryIndex.attach(opened.share())
    expect(attached.count).toBe(59)
  })

  test('a damaged file and one of another kind are refused', async () => {
    await using vectors = await VectorIndex.create({ dimension, metric: 'ip' })
    const file = path.join(scratch, 'vectors.dn')
    await vectors.save(file)
    expect(await failure(() => BinaryIndex.open(file))).toMatchObject({
      code: 'FILE_CORRUPT',
      message: expect.stringContaining('does not hold a binary index'),
    })
    expect(await failure(() => BinaryIndex.open(path.join(scratch, 'none.dn')))).toMatchObject({
      code: 'FILE_NOT_FOUND',
    })
  })

  test('misuse', async () => {
    await using index = await filled()
    const int8 = await quantizeEmbeddings(passages, { precision: 'int8', dimension })
    const bits = await quantizeEmbeddings(queries, { precision: 'ubinary', dimension })
    const calls: [() => Promise<unknown>, string][] = [
      [() => BinaryIndex.create({ dimension: 0 }), '"dimension"'],
      [() => index.add(int8), 'precision int8'],
      [() => index.add(passages.subarray(1)), 'multiple of the dimension 20'],
      [() => index.add(passages.subarray(0, 2 * dimension), [1, 1]), 'more than once'],
      [() => index.add(passages.subarray(0, dimension), [3]), 'id 3 is already in the index'],
      [() => index.search(queries, 0), '"k"'],
      [() => index.search(bits, 5, { rescoreMultiplier: 4 }), '"rescoreMultiplier"'],
      [() => index.search(queries, 1 << 20, { rescoreMultiplier: 64 }), '"rescoreMultiplier"'],
      [
        () =>
          index.search(
            queries.map((x, i) => (i === dimension ? NaN : x)),
            5,
          ),
        'embedding 1',
      ],
    ]
    for (const [call, text] of calls) {
      const error = await failure(call)
      expect(error).toBeInstanceOf(RangeError)
      expect(error.message).toContain(text)
    }
    expect(index.count).toBe(60)
  })

  test('many codes in several blocks and queries in several slices equal arithmetic', async () => {
    const width = 130
    const stored = randomVectors(3_000, width, 3)
    const asked = randomVectors(150, width, 4)
    await using index = await BinaryIndex.create({ dimension: width })
    await index.add(stored)
    const results = await index.search(asked, 7, { rescoreMultiplier: 0 })
    const distance = (q: number, i: number) => {
      let bits = 0
      for (let j = 0; j < width; j++) if (asked[q * width + j]! > 0 !== stored[i * width + j]! > 0) bits++
      return bits
    }
    for (let q = 0; q < 150; q += 49) {
      const expected = Array.from({ length: 3_000 }, (_, id) => ({ id, score: distance(q, id) }))
      expected.sort((a, b) => a.score - b.score || a.id - b.id)
      expect(results.hits(q)).toEqual(expected.slice(0, 7))
    }
  })
})

describe('rescore', () => {
  test('8-bit codes give the scores of semantic_search_faiss', async () => {
    await using index = await VectorIndex.create({ dimension, metric: 'ip' })
    await index.add(passages)
    const candidates = await index.search(queries, 60)
    const quantized = await quantizeEmbeddings(passages, { precision: 'uint8', dimension })
    const results = await rescore(queries, candidates, quantized)
    searches.uint8.forEach((expected, q) => {
      const hits = results.hits(q)
      expect(hits.map((hit) => hit.score)).toEqual(expected.map(([, score]) => expect.closeTo(score, 6)))
      expect(hits[0]!.id).toBe(expected[0]![0])
    })
    const signed = await quantizeEmbeddings(passages, { precision: 'int8', dimension })
    expect((await rescore(queries, candidates, signed)).scores).toEqual(results.scores)
  })

  test('floats bring the exact order back', async () => {
    await using index = await VectorIndex.create({ dimension, metric: 'ip' })
    await index.add(passages)
    const exact = await index.search(queries, 10)
    await using binary = await BinaryIndex.create({ dimension })
    await binary.add(passages)
    const candidates = await binary.search(queries, 60, { rescoreMultiplier: 0 })
    const results = await rescore(queries, candidates, passages, { k: 10 })
    expect(results.ids).toEqual(exact.ids)
    expect(Array.from(results.scores)).toEqual(Array.from(exact.scores, (score) => expect.closeTo(score, 5)))
  })

  test('misuse', async () => {
    await using index = await VectorIndex.create({ dimension, metric: 'ip' })
    await index.add(passages)
    const candidates = await index.search(queries, 5)
    const few = passages.subarray(0, dimension)
    const calls: [() => Promise<unknown>, string][] = [
      [() => rescore(queries.subarray(1), candidates, passages), '"queries"'],
      [() => rescore(queries, candidates, few), 'is no row of the embeddings'],
      [() => rescore(queries, candidates, passages.subarray(1)), 'multiple of the dimension'],
      [() => rescore(queries, candidates, passages, { k: 6 }), '"k"'],
    ]
    for (const [call, text] of calls) {
      const error = await failure(call)
      expect(error).toBeInstanceOf(RangeError)
      expect(error.message).toContain(text)
    }
    expect(await failure(() => rescore(queries, {} as never, passages))).toBeInstanceOf(TypeError)
  })
})
