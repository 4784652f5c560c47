import { readFileSync } from 'node:fs'
import * as path from 'node:path'

import { BinaryIndex, SparseEmbeddings, SparseIndex, sparseDotProduct } from 'densenode'

import { scratchFolder } from '../scratch-folder'
import { failure, fixtures } from './support'

interface Rows {
  offsets: number[]
  tokenIds: number[]
  weights: number[]
}
const references = JSON.parse(readFileSync(path.join(fixtures, 'sparse', 'search.json'), 'utf8')) as {
  vectors: Rows
  queries: Rows
  scores: number[][]
}
const embeddings = ({ offsets, tokenIds, weights }: Rows) =>
  new SparseEmbeddings(Int32Array.from(offsets), Int32Array.from(tokenIds), Float32Array.from(weights))
const vectors = embeddings(references.vectors)
const queries = embeddings(references.queries)
const scratch = scratchFolder('sparse')

/** All ids that scipy gives a score to, best first. */
function expected(q: number, allowed: (id: number) => boolean = () => true) {
  return references.scores[q]!.map((score, id) => ({ id, score }))
    .filter(({ id, score }) => score > 0 && allowed(id))
    .sort((a, b) => b.score - a.score || a.id - b.id)
}

async function check(index: SparseIndex, rename = (id: number) => id, allowed?: (id: number) => boolean) {
  const results = await index.search(queries, 400)
  for (let q = 0; q < queries.count; q++) {
    const hits = results.hits(q)
    const wanted = expected(q, allowed)
    expect(hits).toHaveLength(wanted.length)
    hits.forEach((hit, rank) => {
      expect(hit.score).toBeCloseTo(wanted[rank]!.score, 4)
    })
    expect(new Set(hits.map((hit) => hit.id))).toEqual(new Set(wanted.map(({ id }) => rename(id))))
  }
}

async function filled(ids?: number[]): Promise<SparseIndex> {
  const index = await SparseIndex.create()
  await index.add(vectors, ids)
  return index
}

test('scores equal those of scipy.sparse', async () => {
  await using index = await filled()
  expect(index.count).toBe(vectors.count)
  await check(index)
  const top = await index.search(queries, 3)
  expect(top.hits(1).map((hit) => hit.id)).toEqual(
    expected(1)
      .slice(0, 3)
      .map(({ id }) => id),
  )
})

test('rows added one by one, ids of its own, a file, a second object', async () => {
  await using index = await SparseIndex.create()
  for (const { tokenIds, weights } of vectors) {
    await index.add(new SparseEmbeddings(Int32Array.of(0, tokenIds.length), tokenIds, weights), [
      1000 - index.count,
    ])
  }
  await check(index, (id) => 1000 - id)
  const file = path.join(scratch, 'index.dn')
  await index.save(file)
  await using opened = await SparseIndex.open(file)
  await check(opened, (id) => 1000 - id)
  await using attached = SparseIndex.attach(opened.share())
  await attached.add(queries)
  expect(opened.count).toBe(vectors.count + queries.count)
})

test('removal marks, then makes room; a file keeps both', async () => {
  await using index = await filled()
  const even = Array.from({ length: 150 }, (_, i) => 2 * i)
  expect(await index.remove([...even.slice(0, 70), 5_000])).toBe(70)
  const marked = (id: number) => id % 2 === 1 || id >= 140
  await check(index, undefined, marked)
  const file = path.join(scratch, 'removed.dn')
  await index.save(file)
  await using opened = await SparseIndex.open(file)
  await check(opened, undefined, marked)
  expect(opened.count).toBe(230)

  const before = index.memoryBytes
  const odd = Array.from({ length: 60 }, (_, i) => 2 * i + 1)
  await index.remove([...even, ...odd])
  expect(index.memoryBytes).toBeLessThan(before)
  await check(index, undefined, (id) => id % 2 === 1 && id >= 120)
  await index.add(queries)
  const results = await index.search(queries, 400)
  for (let q = 0; q < queries.count; q++) {
    const own = results.hits(q).find((hit) => hit.id === 300 + q)
    const row = queries.row(q)
    if (row.weights.length > 0) expect(own!.score / sparseDotProduct(row, row)).toBeCloseTo(1, 5)
  }
})

test('a filter', async () => {
  await using index = await filled()
  const results = await index.search(queries, 400, { filter: { from: 100, to: 200 } })
  for (let q = 0; q < queries.count; q++)
    expect(new Set(results.hits(q).map((hit) => hit.id))).toEqual(
      new Set(expected(q, (id) => id >= 100 && id < 200).map(({ id }) => id)),
    )
})

test('more rows than one segment holds', async () => {
  await using index = await SparseIndex.create()
  const times = 230 // 69,000 rows
  for (let i = 0; i < times; i++) await index.add(vectors)
  const results = await index.search(queries, 2 * times)
  for (let q = 0; q < queries.count; q++) {
    const hits = results.hits(q)
    const [first, second] = expected(q)
    if (!first || !second) continue
    expect(hits.slice(0, times).map((hit) => hit.id)).toEqual(
      Array.from({ length: times }, (_, i) => first.id + i * vectors.count),
    )
    expect(hits[times]!.score).toBeCloseTo(second.score, 4)
  }
})

test('sparseDotProduct', () => {
  for (let q = 0; q < queries.count; q++)
    for (let i = 0; i < vectors.count; i += 7)
      expect(sparseDotProduct(queries.row(q), vectors.row(i))).toBeCloseTo(references.scores[q]![i]!, 5)
})

test('misuse', async () => {
  await using index = await SparseIndex.create()
  const rows = (offsets: number[], tokenIds: number[], weights: number[]) =>
    embeddings({ offsets, tokenIds, weights })
  const calls: [() => unknown, string][] = [
    [() => rows([0, 1], [1, 2], [1, 1]), '"offsets"'],
    [() => rows([0, 2], [1, 2], [1]), '"weights"'],
    [() => index.add(rows([0, 2], [2, 1], [1, 1])), 'token ids of sparse vector 0'],
    [() => index.add(rows([0, 2], [1, 1], [1, 1])), 'token ids of sparse vector 0'],
    [() => index.add(rows([0, 1, 2], [1, -1], [1, 1])), 'token ids of sparse vector 1'],
    [() => index.add(rows([0, 1], [1], [-1])), 'weights of sparse vector 0'],
    [() => index.add(rows([0, 1], [1], [Number.NaN])), 'weights of sparse vector 0'],
    [() => index.add(rows([0, 3, 1, 2], [1, 2], [1, 1])), 'offsets of sparse vector 0'],
    [() => index.search(rows([0, 1], [1], [Infinity]), 1), 'weights of sparse vector 0'],
    [() => index.add(rows([0, 1], [1], [1]), [1, 2]), '"ids"'],
    [() => index.search(queries, 0), '"k"'],
  ]
  for (const [call, text] of calls) {
    const error = await failure(call)
    expect(error).toBeInstanceOf(RangeError)
    expect(error.message).toContain(text)
  }
  expect(index.count).toBe(0)
  expect(await failure(() => index.add({} as never))).toBeInstanceOf(TypeError)
  const file = path.join(scratch, 'binary.dn')
  await using binary = await BinaryIndex.create({ dimension: 8 })
  await binary.save(file)
  expect(await failure(() => SparseIndex.open(file))).toMatchObject({ code: 'FILE_CORRUPT' })
})
