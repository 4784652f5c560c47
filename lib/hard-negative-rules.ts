import * as check from './checks'
import { HARD_NEGATIVES, MAX_K } from './defaults'
import type { HardNegativeOptions } from './hard-negatives'
import { sample, seededRandom } from './random'
import type { Hit } from './search-results'

const STRATEGIES = ['top', 'random'] as const

/** Which candidates of mineHardNegatives are its negatives. */
export interface Rules {
  numNegatives: number
  rangeMin: number
  rangeMax: number
  /** Neighbours to search for. */
  candidates: number
  absoluteMargin: number | undefined
  relativeMargin: number | undefined
  maxScore: number
  minScore: number
  usesPositive: boolean
  /** Undefined for the strategy `'top'`. */
  random: (() => number) | undefined
}

export function checkRules(given: HardNegativeOptions, positives: readonly ReadonlySet<bigint>[]): Rules {
  const { maxScore = Infinity, minScore = -Infinity, absoluteMargin, relativeMargin } = given
  if (given.maxScore !== undefined) check.finite('maxScore', maxScore)
  if (given.minScore !== undefined) check.finite('minScore', minScore)
  if (absoluteMargin !== undefined) check.finite('absoluteMargin', absoluteMargin)
  if (relativeMargin !== undefined) check.finite('relativeMargin', relativeMargin)
  const usesPositive = absoluteMargin !== undefined || relativeMargin !== undefined
  const numNegatives = check.integer('numNegatives', given.numNegatives ?? HARD_NEGATIVES, 1, MAX_K)
  const rangeMin = check.integer('rangeMin', given.rangeMin ?? 0, 0, MAX_K)
  const mostPositives = positives.reduce((most, of) => Math.max(most, of.size), 1)
  const wanted = usesPositive || given.maxScore !== undefined ? 10 * numNegatives : numNegatives
  const rangeMax = given.rangeMax ?? rangeMin + wanted + mostPositives
  check.integer('rangeMax', rangeMax, rangeMin + numNegatives, MAX_K, 'At least rangeMin + numNegatives.')
  const strategy = check.oneOf('samplingStrategy', given.samplingStrategy ?? 'top', STRATEGIES)
  const seed = check.integer('seed', given.seed ?? 0, 0, Number.MAX_SAFE_INTEGER)
  return {
    numNegatives,
    rangeMin,
    rangeMax,
    candidates: rangeMax + mostPositives,
    absoluteMargin,
    relativeMargin,
    maxScore,
    minScore,
    usesPositive,
    random: strategy === 'random' ? seededRandom(seed) : undefined,
  }
}

/** The negatives among the candidates of an anchor, whose positives score `positive` or more. */
export function choose(
  row: readonly Hit<bigint>[],
  positives: ReadonlySet<bigint>,
  positive: number,
  rules: Rules,
): Hit<bigint>[] {
  const { absoluteMargin, relativeMargin, maxScore, minScore, rangeMin, rangeMax, numNegatives } = rules
  const absolute = absoluteMargin === undefined ? Infinity : positive - absoluteMargin
  const relative = relativeMargin === undefined ? Infinity : positive - Math.abs(positive) * relativeMargin
  const left = row
    .filter(
      ({ id, score }) =>
        !positives.has(id) &&
        score <= absolute &&
        score <= relative &&
        score <= maxScore &&
        score >= minScore,
    )
    .slice(rangeMin, rangeMax)
  if (!rules.random || left.length <= numNegatives) return left.slice(0, numNegatives)
  return sample(rules.random, left.length, numNegatives).map((place) => left[place]!)
}
