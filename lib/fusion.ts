import { options as checkOptions, finite, oneOf } from './checks'
import { RANK_CONSTANT, SCORE_NORMALIZATION } from './defaults'
import { wrongRange, wrongType } from './errors'
import { compareIds } from './id-order'
import type { Hit } from './search-results'

export interface FusionOptions {
  /** How much lower ranks still count; at least 0. Default: 60. */
  rankConstant?: number
  /** One weight a list, at least 0. Default: 1 each. */
  weights?: readonly number[]
}

/**
 * How the scores of a list are made comparable with those of others. `minmax`: (score - worst) / (best -
 * worst), from 0 to 1, and 1 for all where all scores are the same. `zscore`: (score - mean) / standard
 * deviation (of the list itself, divided by n), and 0 for all where all are the same. `none`: as they are;
 * distances are negated.
 */
export type ScoreNormalization = (typeof NORMALIZATIONS)[number]

export const NORMALIZATIONS = ['minmax', 'zscore', 'none'] as const

export interface WeightedFusionOptions {
  /** One weight a list, at least 0. Default: 1 each. */
  weights?: readonly number[]
  /** Default: `'minmax'`. */
  normalization?: ScoreNormalization
}

type Id = number | bigint | string

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
 * @returns All documents, best first; of equal scores the smaller id comes first.
 */
export function reciprocalRankFusion<T extends Id>(
  lists: readonly (readonly Hit<T>[])[],
  options?: FusionOptions,
): Hit<T>[] {
  const { rankConstant = RANK_CONSTANT, weights } = checkOptions(
    options,
    ['rankConstant', 'weights'],
    'reciprocalRankFusion',
  )
  finite('rankConstant', rankConstant, 0)
  return fuse(lists, weights, (_list, _l) => (i) => 1 / (rankConstant + i + 1))
}

/**
 * Joins rankings by a weighted sum of their scores, which `normalization` brings to one scale first (CombSUM
 * of Fox and Shaw, "Combination of multiple searches", TREC-2, 1994, with weights). A list without a document
 * adds 0 for it: under `minmax` what the list's worst document gets, under `zscore` what its average one
 * gets.
 *
 * @param lists Rankings, each best first. A list whose scores fall is one of similarities, a list whose
 *   scores rise one of distances. Of a document that stands in one list twice the better place counts.
 * @returns All documents, best first; of equal scores the smaller id comes first.
 * @throws RangeError for a score that is not finite, and for a list that is not in the order of its scores.
 */
export function weightedFusion<T extends Id>(
  lists: readonly (readonly Hit<T>[])[],
  options?: WeightedFusionOptions,
): Hit<T>[] {
  const { normalization = SCORE_NORMALIZATION, weights } = checkOptions(
    options,
    ['normalization', 'weights'],
    'weightedFusion',
  )
  oneOf('normalization', normalization, NORMALIZATIONS)
  return fuse(lists, weights, (list, l) => {
    const scores = normalized(rising(list, l), normalization)
    return (i) => scores[i]!
  })
}

/** `share(list, l)` gives what place i of a list without repetitions is worth. */
function fuse<T extends Id>(
  lists: readonly (readonly Hit<T>[])[],
  weights: readonly number[] | undefined,
  share: (list: readonly Hit<T>[], l: number) => (i: number) => number,
): Hit<T>[] {
  if (!Array.isArray(lists)) throw wrongType('lists', 'an array of rankings', lists)
  checkWeights(weights, lists.length)
  const shares = new Map<T, number[]>()
  lists.forEach((given: unknown, l) => {
    const list = distinct<T>(given, l)
    const at = share(list, l)
    list.forEach(({ id }, i) => {
      const part = (weights?.[l] ?? 1) * at(i)
      const others = shares.get(id)
      if (others) others.push(part)
      else shares.set(id, [part])
    })
  })
  return [...shares]
    .map(([id, parts]) => ({ id, score: sum(parts) }))
    .sort((a, b) => b.score - a.score || compareIds(a.id, b.id))
}

/** Largest first, so that documents with the same shares in another order get the very same sum. */
function sum(shares: number[]): number {
  return shares.sort((a, b) => b - a).reduce((total, share) => total + share, 0)
}

/** The scores of a list, negated where they are distances: the best is the largest. */
function rising(list: readonly Hit<Id>[], l: number): number[] {
  const scores = list.map(({ score }, i) =>
    Number.isFinite(score) ? score : finite(`lists[${l}][${i}].score`, score),
  )
  const sign = scores.length > 0 && scores[0]! < scores.at(-1)! ? -1 : 1
  for (let i = 1; i < scores.length; i++) {
    if (sign * scores[i]! <= sign * scores[i - 1]!) continue
    throw wrongRange(`lists[${l}]`, 'a ranking, best first', list, `Its scores turn at place ${i}.`)
  }
  return sign === 1 ? scores : scores.map((score) => -score)
}

export function normalized(scores: number[], normalization: ScoreNormalization): number[] {
  const n = scores.length
  if (normalization === 'none' || n === 0) return scores
  const best = scores[0]!
  const worst = scores[n - 1]!
  if (best === worst) return scores.map(() => (normalization === 'minmax' ? 1 : 0))
  if (normalization === 'minmax') return scores.map((score) => (score - worst) / (best - worst))
  const mean = scores.reduce((total, score) => total + score, 0) / n
  const deviation = Math.sqrt(scores.reduce((total, score) => total + (score - mean) ** 2, 0) / n)
  return scores.map((score) => (score - mean) / deviation)
}

function checkWeights(weights: readonly number[] | undefined, lists: number): void {
  if (weights === undefined) return
  if (!Array.isArray(weights)) throw wrongType('weights', 'an array of numbers', weights)
  if (weights.length !== lists) throw wrongRange('weights', `one weight a list (${lists})`, weights)
  for (const [i, weight] of weights.entries()) finite(`weights[${i}]`, weight, 0)
}

/** A list as it is, without later places of a document that stands in it twice. */
function distinct<T extends Id>(list: unknown, l: number): Hit<T>[] {
  if (!Array.isArray(list)) throw wrongType(`lists[${l}]`, 'an array of { id, score }', list)
  const seen = new Set<T>()
  return list.filter((hit: unknown, i) => {
    const id = idOf<T>(hit)
    if (id === undefined)
      throw wrongType(`lists[${l}][${i}]`, 'an object with an id (number, bigint or string)', hit)
    if (seen.has(id)) return false
    seen.add(id)
    return true
  })
}

function idOf<T extends Id>(hit: unknown): T | undefined {
  const id: unknown = typeof hit === 'object' && hit !== null ? (hit as { id?: unknown }).id : undefined
  return typeof id === 'number' || typeof id === 'bigint' || typeof id === 'string' ? (id as T) : undefined
}
