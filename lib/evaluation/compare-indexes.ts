import * as check from '../checks'
import { COMPARISON_K, INDEX_DEVICE, MAX_DIMENSION } from '../defaults'
import { Embeddings } from '../embeddings'
import { DensenodeError, misuseMessage, wrongRange } from '../errors'
import { SearchResults } from '../search-results'
import { type IndexDevice, type Metric, VectorIndex, type Vectors } from '../vector-index'
import { recallAgainstExact } from './exact-recall'
import { checkCandidates, type IndexCandidate, usualCandidates } from './index-candidates'
import { type Latency, latencyOf } from './latency'

export interface CompareIndexesOptions {
  /** Values of one vector; not needed for Embeddings. */
  dimension?: number
  /** Default: `'cosine'`. */
  metric?: Metric
  /** Neighbours of a query. Default: 10. */
  k?: number
  /** What to compare. Default: Flat and the usual families, with sizes that suit the number of vectors. */
  indexes?: readonly (string | IndexCandidate)[]
  /** What families that learn are trained with. Default: the vectors. */
  training?: Vectors
  /** Queries of one search call. Default: all in one. */
  batch?: number
  /** Default: `'cpu'`. */
  device?: IndexDevice | readonly IndexDevice[]
  /** Called as each row is there. */
  onRow?: (row: IndexComparisonRow) => void
  signal?: AbortSignal
}

/** One index with one set of search parameters. Plain data: JSON.stringify takes it. */
export interface IndexComparisonRow {
  factory: string
  parameters: Record<string, number>
  /** Share of the exact k nearest neighbours that were found; says nothing about relevance to a reader. */
  recallAgainstExact: number
  queriesPerSecond: number
  /** Of one search call of `batch` queries, in milliseconds. */
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
  batch: number
  device: string
  rows: IndexComparisonRow[]
  /** Families that could not be built or searched, and why. */
  failures: { factory: string; parameters?: Record<string, number>; message: string }[]
}

/**
 * Index families on your own embeddings: each is built, searched with each of its sets of parameters, and held
 * against exact search over the same vectors. One index is in memory at a time, beside the exact one's results.
 * A warm-up call goes before the measured ones; calls come one after the other.
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
  const given = checkOptions(vectors, queries, options)
  const { dimension, metric, k, batch, device, signal } = given
  const exact = await exactNeighbours(given)
  const comparison: IndexComparison = {
    count: given.vectors.length / dimension,
    dimension,
    metric,
    k,
    queries: given.queries.length / dimension,
    batch,
    device: [device].flat().join(),
    rows: [],
    failures: [],
  }
  for (const { factory, parameters } of given.candidates) {
    let built: BuiltIndex | undefined
    try {
      built = await build(factory, given)
      for (const set of parameters) {
        try {
          const { results, durations } = await search(built.index, set, given)
          const row: IndexComparisonRow = {
            factory,
            parameters: { ...set },
            recallAgainstExact: await recallAgainstExact(
              results,
              exact,
              given.vectors,
              given.queries,
              dimension,
              metric,
            ),
            queriesPerSecond: (comparison.queries * 1000) / durations.reduce((sum, ms) => sum + ms, 0),
            latency: latencyOf(durations),
            trainSeconds: built.trainSeconds,
            addSeconds: built.addSeconds,
            memoryBytes: built.index.memoryBytes,
          }
          comparison.rows.push(row)
          given.onRow?.(row)
        } catch (error) {
          comparison.failures.push({ factory, parameters: { ...set }, message: messageOf(error, signal) })
        }
      }
    } catch (error) {
      comparison.failures.push({ factory, message: messageOf(error, signal) })
    } finally {
      await built?.index.dispose()
    }
  }
  return comparison
}

/** What a family cannot do is a finding; an abort, a bug or a lack of memory ends the comparison. */
function messageOf(error: unknown, signal: AbortSignal | undefined): string {
  const finding =
    error instanceof RangeError || (error instanceof DensenodeError && error.code !== 'DISPOSED')
  if (!finding || signal?.aborted) throw error
  return (error as Error).message
}

type Checked = ReturnType<typeof checkOptions>

function checkOptions(vectors: Vectors, queries: Vectors, options: CompareIndexesOptions | undefined) {
  const given = check.options(
    options,
    ['dimension', 'metric', 'k', 'indexes', 'training', 'batch', 'device', 'onRow', 'signal'],
    'compareIndexes',
  )
  const dimension = check.integer(
    'dimension',
    given.dimension ?? (vectors instanceof Embeddings ? vectors.dimension : undefined),
    1,
    MAX_DIMENSION,
  )
  const data = vectorsOf('vectors', vectors, dimension)
  const asked = vectorsOf('queries', queries, dimension)
  const count = data.length / dimension
  const queryCount = asked.length / dimension
  if (count === 0) throw wrongRange('vectors', 'at least one vector', data)
  if (queryCount === 0) throw wrongRange('queries', 'at least one query', asked)
  if (given.onRow !== undefined) check.func('onRow', given.onRow)
  return {
    vectors: data,
    queries: asked,
    training: given.training === undefined ? data : vectorsOf('training', given.training, dimension),
    dimension,
    metric: check.oneOf('metric', given.metric ?? 'cosine', ['ip', 'l2', 'cosine', 'l1'] as const),
    k: check.integer('k', given.k ?? COMPARISON_K, 1, count, 'There are no more vectors.'),
    candidates: checkCandidates(given.indexes ?? usualCandidates(count, dimension)),
    batch: check.integer('batch', given.batch ?? queryCount, 1, queryCount),
    device: given.device ?? INDEX_DEVICE,
    onRow: given.onRow,
    signal: check.signal(given.signal),
  }
}

function vectorsOf(option: string, value: Vectors, dimension: number): Float32Array {
  if (!(value instanceof Embeddings)) return check.vectors(option, value, dimension)
  if (value.dimension !== dimension)
    throw new RangeError(
      misuseMessage(option, `embeddings of dimension ${dimension}`, `dimension ${value.dimension}`),
    )
  return value.data
}

async function exactNeighbours(given: Checked): Promise<SearchResults> {
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

async function build(factory: string, given: Checked): Promise<BuiltIndex> {
  const { vectors, training, dimension, metric, device, signal } = given
  const index = await VectorIndex.create({ dimension, metric, factory })
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

async function search(
  index: VectorIndex,
  parameters: Record<string, number>,
  given: Checked,
): Promise<{ results: SearchResults; durations: number[] }> {
  const { queries, dimension, batch, k, signal } = given
  const step = batch * dimension
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
