import type { Abort } from './abort'
import * as check from './checks'
import { TUNE_K } from './defaults'
import { wrongRange, wrongType } from './errors'
import { runJob } from './job'
import type { Lifetime } from './lifetime'
import type { Binding } from './native'
import { allocateResults, checkK } from './search'
import { SearchResults } from './search-results'
import { type TrueNeighbours, type TunePoint, type TuneResult, Tuning, trueNeighbours } from './tuning'
import type { JobOptions } from './vector-index'

export interface TuneOptions extends JobOptions {
  /** Share of the true neighbours that searches shall find, above 0, at most 1. */
  recall: number
  /** Neighbours that searches will ask for, 1 to 16777216. Default: 10. */
  k?: number
  /**
   * The true neighbours of the queries, best first: results, or rows of k or more ids, of an exact search of the
   * original vectors. Default: exact search of the vectors that the index keeps. Families that keep codes alone (PQ,
   * SQ4 to SQ8, RaBitQ, PCA) do not know the true neighbours any more: give them, or say `'stored'` to compare with a
   * search of all codes, which leaves out what the codes themselves lose.
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
  const recall = check.finite('recall', given.recall)
  if (recall <= 0 || recall > 1) throw wrongRange('recall', 'a number above 0, at most 1', recall)
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
  return runJob([lifetime], signal, async (abort) => {
    const report = (point: TunePoint) => {
      try {
        onProgress?.(point)
      } catch (error) {
        abort.stop(error)
        throw error
      }
    }
    const neighbours = truth ?? (await exactNeighbours(index, queries, count, k, abort))
    const result = await new Tuning(index, queries, k, neighbours, abort, report).run(recall)
    abort.throwIfStopped()
    if (result.reached) await index.setSearchParameters(result.parameters as Record<string, number>)
    return result
  })
}

function checkTruth(
  index: Binding.VectorIndex,
  truth: unknown,
  count: number,
  k: number,
): TrueNeighbours | undefined {
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
  const neighbours = trueNeighbours(ids, columns, k)
  if (neighbours.every((row) => row.size === 0)) throw wrongRange('groundTruth', expected, 'none')
  return neighbours
}

async function exactNeighbours(
  index: Binding.VectorIndex,
  queries: Float32Array,
  count: number,
  k: number,
  abort: Abort,
): Promise<TrueNeighbours> {
  const { ids, scores } = allocateResults('queries', count, k)
  await index.searchExact(queries, k, ids, scores, abort.cancellation())
  return trueNeighbours(ids, k, k)
}
