import { options as checkOptions, finite } from './checks'
import { RANK_CONSTANT } from './defaults'
import { wrongRange, wrongType } from './errors'
import type { Hit } from './search-results'

export interface FusionOptions {
  /** How much lower ranks still count; at least 0. Default: 60. */
  rankConstant?: number
  /** One weight a list, at least 0. Default: 1 each. */
  weights?: readonly number[]
}

/**
 * Joins rankings of the same documents (from vectors, words, several queries) into one, by reciprocal rank
 * fusion: the score of a document is the sum over the lists of weight / (rankConstant + rank), where the best
 * rank is 1 and lists without the document add nothing. Only the order within a list counts, so scores of any
 * scale can be joined.
 *
 * Source: Cormack, Clarke and Buettcher, "Reciprocal rank fusion outperforms Condorcet and individual rank
 * learning methods", SIGIR 2009.
 *
 * @param lists Rankings, each best first; of a document that stands in one list twice the better rank counts.
 * @returns All documents, best first; ties stand in the order of first appearance, list by list.
 */
export function reciprocalRankFusion<Id extends number | bigint | string>(
  lists: readonly (readonly Hit<Id>[])[],
  options?: FusionOptions,
): Hit<Id>[] {
  if (!Array.isArray(lists)) throw wrongType('lists', 'an array of rankings', lists)
  const { rankConstant = RANK_CONSTANT, weights } = checkOptions(
    options,
    ['rankConstant', 'weights'],
    'reciprocalRankFusion',
  )
  finite('rankConstant', rankConstant, 0)
  checkWeights(weights, lists.length)

  const shares = new Map<Id, number[]>()
  lists.forEach((list: unknown, l) => {
    if (!Array.isArray(list)) throw wrongType(`lists[${l}]`, 'an array of { id, score }', list)
    const seen = new Set<Id>()
    list.forEach((hit: unknown, i) => {
      const id = checkId<Id>(`lists[${l}][${i}]`, hit)
      if (seen.has(id)) return
      seen.add(id)
      const share = (weights?.[l] ?? 1) / (rankConstant + i + 1)
      const others = shares.get(id)
      if (others) others.push(share)
      else shares.set(id, [share])
    })
  })
  return [...shares].map(([id, parts]) => ({ id, score: sum(parts) })).sort((a, b) => b.score - a.score)
}

/** Largest first, so that documents with the same shares in another order get the very same sum. */
function sum(shares: number[]): number {
  return shares.sort((a, b) => b - a).reduce((total, share) => total + share, 0)
}

function checkWeights(weights: readonly number[] | undefined, lists: number): void {
  if (weights === undefined) return
  if (!Array.isArray(weights)) throw wrongType('weights', 'an array of numbers', weights)
  if (weights.length !== lists) throw wrongRange('weights', `one weight a list (${lists})`, weights)
  for (const [i, weight] of weights.entries()) finite(`weights[${i}]`, weight, 0)
}

function checkId<Id>(place: string, hit: unknown): Id {
  const id: unknown = typeof hit === 'object' && hit !== null ? (hit as { id?: unknown }).id : undefined
  if (typeof id !== 'number' && typeof id !== 'bigint' && typeof id !== 'string')
    throw wrongType(place, 'an object with an id (number, bigint or string)', hit)
  return id as Id
}
