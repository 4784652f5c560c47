import { readFileSync } from 'node:fs'
import * as path from 'node:path'

import { type IndexParameters, type Metric, VectorIndex } from 'densenode'

/* Every family by its factory string, against what FAISS's own Python answered (test/fixtures/faiss). */

interface Reference {
  factory: string
  metric: Metric
  parameters: IndexParameters
  ids: number[]
  scores: number[]
}

const folder = path.resolve(__dirname, '../../../test/fixtures/faiss')
const { dimension, k, references } = JSON.parse(
  readFileSync(path.join(folder, 'references.json'), 'utf8'),
) as { dimension: number; k: number; references: Reference[] }
const read = (name: string) => Float32Array.from(new Int8Array(readFileSync(path.join(folder, name))))
const vectors = read('vectors.bin')
const queries = read('queries.bin')

const close = (a: number, b: number) => Math.abs(a - b) <= 1e-4 * (1 + Math.abs(b))

async function answers({ factory, metric, parameters }: Reference) {
  await using index = await VectorIndex.create({ dimension, metric, factory, parameters })
  await index.train(vectors)
  await index.add(vectors)
  return index.search(queries, k)
}

const named = (list: Reference[]) =>
  list.map((reference) => [`${reference.factory} ${reference.metric}`, reference] as const)
const byOpq = ({ factory }: Reference) => factory.startsWith('OPQ')

test.each(named(references.filter((reference) => !byOpq(reference))))('%s', async (_, reference) => {
  const found = await answers(reference)
  const { ids, scores } = reference
  const differences: string[] = []
  for (let i = 0; i < ids.length; i++) {
    if (!close(found.scores[i], scores[i]))
      differences.push(`score ${found.scores[i]} for ${scores[i]} at ${i}`)
    // Vectors of one score may change places, in the row or with those just beyond it.
    const last = i % k === k - 1
    const tied = last || close(scores[i], scores[i + 1]) || (i % k > 0 && close(scores[i], scores[i - 1]))
    if (found.ids[i] !== BigInt(ids[i]) && !(tied && close(found.scores[i], scores[i])))
      differences.push(`id ${found.ids[i]} for ${ids[i]} at ${i}`)
  }
  expect(differences).toEqual([])
})

// Fifty rounds of singular value decompositions find OPQ's rotation, and rounding in another build of LAPACK leads to
// another one: it must be as good.
test.each(named(references.filter(byOpq)))('%s', async (_, reference) => {
  const exact = references.find(({ factory, metric }) => factory === 'Flat' && metric === reference.metric)!
  const recall = (ids: ArrayLike<number>) => {
    let hits = 0
    for (let i = 0; i < exact.ids.length; i++)
      if (exact.ids.slice(i - (i % k), i - (i % k) + k).includes(ids[i])) hits++
    return hits / exact.ids.length
  }
  const found = recall(Array.from((await answers(reference)).ids, Number))
  expect(Math.abs(found - recall(reference.ids))).toBeLessThan(0.06)
})
