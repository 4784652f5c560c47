import { DensenodeError } from '../errors'
import type { IndexParameters, SearchParameters } from '../index-parameters'
import type { Metric } from '../metric'
import { SearchResults } from '../search-results'
import { VectorIndex } from '../vector-index'
import type { Vectors } from '../vectors'
import { type CompareIndexesOptions, type ComparisonSettings, checkComparison } from './comparison-options'
import { recallAgainstExact } from './exact-recall'
import { type Latency, latencyOf } from './latency'

/** One index with one set of search parameters. Plain data: JSON.stringify takes it. */
export interface IndexComparisonRow {
  factory: string
  /** Those that the index was built with, and those of the search. */
  parameters: IndexParameters
  /** Share of the exact k nearest neighbours that were found; says nothing about relevance to a reader. */
  recallAgainstExact: number
  queriesPerSecond: number
  /** Of one search call of `batchSize` queries, in milliseconds. */
  latency: Latency
  trainSeconds: number
  addSeconds: number
  /** As VectorIndex.memoryBytes. */
  memoryBytes: number
}

export interface IndexComparison {
  /** Vectors. */
  count: number
  dimension: number
  metric: Metric
  k: number
  queries: number
  batchSize: number
  device: string
  rows: IndexComparisonRow[]
  /** Families that could not be built or searched, and why. */
  failures: { factory: string; parameters: IndexParameters; message: string }[]
}

/**
 * Index families on your own embeddings: each is built, searched with each of its sets of parameters, and
 * held against exact search over the same vectors. One index is in memory at a time, beside the exact one's
 * results. A warm-up call goes before the measured ones; calls come one after the other.
 *
 * @param vectors Row-major; row i gets id i.
 * @param queries Better not among the vectors, and of the kind that will be asked.
 * @throws RangeError for sizes that do not fit; what a single family cannot do stands in `failures`.
 */
export async function compareIndexes(
  vectors: Vectors,
  queries: Vectors,
  options?: CompareIndexesOptions,
): Promise<IndexComparison> {
  const given = checkComparison(vectors, queries, options)
  const { dimension, metric, k, batchSize, device, signal } = given
  const exact = await exactNeighbours(given)
  const comparison: IndexComparison = {
    count: given.vectors.length / dimension,
    dimension,
    metric,
    k,
    queries: given.queries.length / dimension,
    batchSize,
    device: [device].flat().join(),
    rows: [],
    failures: [],
  }
  for (const { factory, build, parameters } of given.candidates) {
    const fail = (error: unknown, used: IndexParameters) => {
      comparison.failures.push({ factory, parameters: used, message: messageOf(error, signal) })
    }
    const built = await buildIndex(factory, build, given).catch((error: unknown) => fail(error, build))
    if (!built) continue
    try {
      for (const set of parameters) {
        const used = { ...build, ...set }
        const measured = await measure(built.index, set, exact, given).catch((error: unknown) =>
          fail(error, used),
        )
        if (!measured) continue
        const { trainSeconds, addSeconds, index } = built
        const row = {
          factory,
          parameters: used,
          ...measured,
          trainSeconds,
          addSeconds,
          memoryBytes: index.memoryBytes,
        }
        comparison.rows.push(row)
        given.onRow?.(row)
      }
    } finally {
      await built.index.dispose()
    }
  }
  return comparison
}

/** What a family cannot do is a finding; an abort or a bug ends the comparison. */
function messageOf(error: unknown, signal: AbortSignal | undefined): string {
  const finding =
    error instanceof RangeError || (error instanceof DensenodeError && error.code !== 'DISPOSED')
  if (!finding || signal?.aborted) throw error
  return (error as Error).message
}

async function exactNeighbours(given: ComparisonSettings): Promise<SearchResults> {
  const { vectors, queries, dimension, metric, k, signal } = given
  const index = await VectorIndex.create({ dimension, metric })
  try {
    await index.add(vectors, null, { signal })
    return await index.search(queries, k, { signal })
  } finally {
    await index.dispose()
  }
}

interface BuiltIndex {
  index: VectorIndex
  trainSeconds: number
  addSeconds: number
}

async function buildIndex(
  factory: string,
  parameters: IndexParameters,
  given: ComparisonSettings,
): Promise<BuiltIndex> {
  const { vectors, training, dimension, metric, device, signal } = given
  const index = await VectorIndex.create({ dimension, metric, factory, parameters })
  try {
    const trainSeconds = index.isTrained ? 0 : await seconds(() => index.train(training, { signal }))
    const addSeconds = await seconds(async () => {
      await index.add(vectors, null, { signal })
      await index.to(device)
    })
    return { index, trainSeconds, addSeconds }
  } catch (error) {
    await index.dispose()
    throw error
  }
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now()
  await work()
  return (performance.now() - begin) / 1000
}

async function measure(
  index: VectorIndex,
  parameters: SearchParameters,
  exact: SearchResults,
  given: ComparisonSettings,
): Promise<Pick<IndexComparisonRow, 'recallAgainstExact' | 'queriesPerSecond' | 'latency'>> {
  const { vectors, queries, dimension, metric } = given
  const { results, durations } = await search(index, parameters, given)
  return {
    recallAgainstExact: await recallAgainstExact(results, exact, vectors, queries, dimension, metric),
    queriesPerSecond: (results.count * 1000) / durations.reduce((sum, ms) => sum + ms, 0),
    latency: latencyOf(durations),
  }
}

async function search(
  index: VectorIndex,
  parameters: SearchParameters,
  given: ComparisonSettings,
): Promise<{ results: SearchResults; durations: number[] }> {
  const { queries, dimension, batchSize, k, signal } = given
  const step = batchSize * dimension
  const ask = (begin: number) =>
    index.search(queries.subarray(begin, begin + step), k, { parameters, signal })
  await ask(0)
  const durations: number[] = []
  const parts: SearchResults[] = []
  for (let begin = 0; begin < queries.length; begin += step) {
    const start = performance.now()
    parts.push(await ask(begin))
    durations.push(performance.now() - start)
  }
  return { results: joined(parts, k), durations }
}

function joined(parts: readonly SearchResults[], k: number): SearchResults {
  if (parts.length === 1) return parts[0]!
  const count = parts.reduce((sum, part) => sum + part.count, 0)
  const [ids, scores] = [new BigInt64Array(count * k), new Float32Array(count * k)]
  let at = 0
  for (const part of parts) {
    ids.set(part.ids, at)
    scores.set(part.scores, at)
    at += part.ids.length
  }
  return new SearchResults(ids, scores, count, k)
}
