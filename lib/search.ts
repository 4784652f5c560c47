import { allocate } from './allocate'
import * as check from './checks'
import { MAX_K } from './defaults'
import { wrongRange } from './errors'
import { numbers, type SearchParameters } from './index-parameters'
import { runSync } from './job'
import type { Binding } from './native'

/* What searches do before the work starts. */

const NO_PARAMETERS: Readonly<Record<string, number>> = Object.freeze({})

/** Search parameters as native calls take them; throws RangeError for one that the index does not have. */
export function checkParameters(
  index: Binding.VectorIndex,
  parameters: SearchParameters | undefined,
): Record<string, number> {
  if (parameters === undefined) return NO_PARAMETERS
  const given = numbers(parameters)
  runSync(() => index.checkSearchParameters(given))
  return given
}

/** k of a search, up to what the device of the index can. */
export function checkK(index: Binding.VectorIndex, k: number): void {
  const most = index.maxK
  const remedy =
    most < MAX_K
      ? `FAISS gives at most ${most} neighbours on a GPU: move the index to('cpu') for more.`
      : undefined
  check.integer('k', k, 1, most, remedy)
}

/** Arrays of count x k results. */
export function allocateResults(
  option: string,
  count: number,
  k: number,
): { ids: BigInt64Array; scores: Float32Array } {
  return allocate(
    count * k,
    (length) => ({ ids: new BigInt64Array(length), scores: new Float32Array(length) }),
    () =>
      wrongRange(
        option,
        `so many that queries x k (${k}) fits in one array`,
        count,
        'Search fewer at a time, or ask for a smaller k.',
      ),
  )
}

/** The same, to be filled in JavaScript: rows that stay short end with id -1 and the worst similarity. */
export function allocateRows(option: string, count: number, k: number) {
  const { ids, scores } = allocateResults(option, count, k)
  return { ids: ids.fill(-1n), scores: scores.fill(-Infinity) }
}
