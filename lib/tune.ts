import type { Abort } from './abort'
import * as check from './checks'
import { TUNE_K } from './defaults'
import { wrongRange, wrongType } from './errors'
import { type JobOptions, runJob } from './job'
import type { Lifetime } from './lifetime'
import type { Binding } from './native'
import { allocateResults, checkK } from './search'
import { SearchResults } from './search-results'
import { type TunePoint, type TuneResult, Tuning, trueNeighbours } from './tuning'

export interface TuneOptions extends JobOptions {
  /** Share of the true neighbours that searches shall find, above 0, at most 1. */
  recall: number
  /** Neighbours that searches will ask for, 1 to 16777216. Default: 10. */
  k?: number
  /**
   * The true neighbours of the queries, best first: results, or rows of k or more ids, of an exact search of
   * the original vectors. Default: exact search of the vectors that the index keeps. Families that keep codes
   * alone (PQ, SQ4 to SQ8, RaBitQ, PCA) do not know the true neighbours any more: give them, or say
   * `'stored'` to compare with a search of all codes, which leaves out what the codes themselves lose.
   */
  groundTruth?: SearchResults | BigInt64Array | 'stored'
  /** Called after each setting that was tried. What it throws stops the work and rejects the promise. */
  onProgress?: (point: TunePoint) => void
}

/** VectorIndex.tune; `queries` are checked. */
export async function tune(
  lifetime: Lifetime<Binding.VectorIndex>,
  index: Binding.VectorIndex,
  queries: Float32Array,
  options: TuneOptions,
): Promise<TuneResult> {
  if (options === undefined) throw wrongType('options', 'an object with "recall"', options)
  const given = check.options(
    options,
    ['recall', 'k', 'groundTruth', 'signal', 'onProgress'],
    'VectorIndex.tune',
  )
  const recall = check.share('recall', given.recall)
  const k = given.k ?? TUNE_K
  checkK(index, k)
  const { onProgress } = given
  if (onProgress !== undefined) check.func('onProgress', onProgress)
  const signal = check.signal(given.signal)
  const count = queries.length / index.dimension
  if (count === 0) throw wrongRange('queries', 'at least one query', queries)
  if (index.count === 0)
    throw wrongRange('queries', 'an index that holds vectors', index.count, 'Add them first.')
  const truth = checkTruth(index, given.groundTruth, count, k)
  return await runJob([lifetime], signal, async (abort) => {
    const report = (point: TunePoint) => {
      try {
        onProgress?.(point)
      } catch (error) {
        abort.stop(error)
        throw error
      }
    }
    const { ids, columns } = truth ?? (await exactNeighbours(index, queries, count, k, abort))
    const neighbours = await trueNeighbours(ids, columns, k, signal)
    if (neighbours.every((row) => row.size === 0))
      throw wrongRange('groundTruth', 'ids of at least one true neighbour', 'none')
    const result = await new Tuning(index, queries, k, neighbours, abort, report).run(recall)
    abort.throwIfStopped()
    if (result.reached) await index.setSearchParameters(result.parameters as Record<string, number>)
    return result
  })
}

/** Rows of `columns` ids, best first, ended by -1 where there are fewer. */
interface GroundTruth {
  ids: BigInt64Array
  columns: number
}

function checkTruth(
  index: Binding.VectorIndex,
  truth: unknown,
  count: number,
  k: number,
): GroundTruth | undefined {
  if (truth === 'stored') return undefined
  if (truth === undefined) {
    if (index.keepsVectors) return undefined
    throw wrongRange(
      'groundTruth',
      `the true neighbours, or "stored", for "${index.factory}", which keeps codes of vectors alone`,
      truth,
      'Search the original vectors exactly: a VectorIndex with factory "Flat" has the results to give.',
    )
  }
  const expected = `results or a BigInt64Array with ${k} or more ids for each of ${count} queries`
  const ids = truth instanceof SearchResults ? truth.ids : check.ids('groundTruth', truth)
  const columns = ids.length / count
  if (!Number.isInteger(columns) || columns < k) throw wrongRange('groundTruth', expected, ids)
  return { ids, columns }
}

async function exactNeighbours(
  index: Binding.VectorIndex,
  queries: Float32Array,
  count: number,
  k: number,
  abort: Abort,
): Promise<GroundTruth> {
  const { ids, scores } = allocateResults('queries', count, k)
  await index.searchExact(queries, k, ids, scores, abort.cancellation())
  return { ids, columns: k }
}
