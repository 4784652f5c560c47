import * as check from './checks'
import { misuseMessage, wrongRange, wrongType } from './errors'
import type { Binding } from './native'
import type { Ids } from './vector-index-options'

/**
 * Which vectors or texts a search may return, by their ids. All conditions that are given must hold: `{ from: 1000,
 * exclude: seen }` is every id of at least 1000 that is not among `seen`.
 *
 * Arrays are read in place and pinned until the promise of the search settles.
 */
export interface SearchFilter {
  /** Only these ids; those that are not in the index are passed over. An empty list allows none. */
  ids?: Ids
  /** None of these ids. */
  exclude?: Ids
  /** Only ids of at least this one. */
  from?: number | bigint
  /** Only ids below this one. */
  to?: number | bigint
  /**
   * Only ids whose bit is set: bit `id % 8`, from the lowest, of byte `id / 8`, as in FAISS's
   * IDSelectorBitmap. Ids beyond its end are not allowed.
   */
  bitmap?: Uint8Array
}

const CONDITIONS = ['ids', 'exclude', 'from', 'to', 'bitmap'] as const

/** A filter as native calls take it; null for none. */
export function checkFilter(filter: SearchFilter | undefined): Binding.SearchFilter | null {
  if (filter === undefined) return null
  const expected = 'an object such as { ids: [1, 2] }, { from: 1000 }, { bitmap } or { exclude: [7] }'
  if (typeof filter !== 'object' || filter === null || Array.isArray(filter) || ArrayBuffer.isView(filter))
    throw wrongType('filter', expected, filter)
  check.options(filter, CONDITIONS, 'filter')
  if (CONDITIONS.every((name) => filter[name] === undefined)) throw wrongRange('filter', expected, filter)
  const checked: Binding.SearchFilter = {}
  if (filter.ids !== undefined) checked.ids = check.ids('filter.ids', filter.ids)
  if (filter.exclude !== undefined) checked.exclude = check.ids('filter.exclude', filter.exclude)
  if (filter.from !== undefined) checked.from = check.id('filter.from', filter.from)
  if (filter.to !== undefined) checked.to = check.id('filter.to', filter.to)
  if (checked.from !== undefined && checked.to !== undefined && checked.to < checked.from)
    throw new RangeError(
      misuseMessage('filter.to', `an id of at least filter.from (${checked.from})`, `${checked.to}`),
    )
  if (filter.bitmap !== undefined) checked.bitmap = check.uint8Array('filter.bitmap', filter.bitmap)
  return checked
}
