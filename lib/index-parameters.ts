import * as check from './checks'
import { wrongType } from './errors'

/**
 * How a search weighs speed against recall, by FAISS's names. Which of them an index has depends on its
 * family; others are a RangeError that lists those it has. `VectorIndex.recommend` and `VectorIndex.tune`
 * choose them.
 */
export interface SearchParameters {
  /** IVF: cells whose vectors are compared with a query, 1 to the number of cells. FAISS's default: 1. */
  nprobe?: number
  /** IVF, but for fast scan: vectors compared with a query at most, up to 2^53; 0: no limit. Default: 0. */
  max_codes?: number
  /** `IVFn_HNSWm`: candidates while the nearest cells are looked for, 1 to 1048576. FAISS's default: 16. */
  quantizer_efSearch?: number
  /** HNSW: candidates that a search keeps, 1 to 1048576; fewer than k count as k. FAISS's default: 16. */
  efSearch?: number
  /**
   * RaBitQ: bits of each value of the query, 1 to 8; 0: the query stays as it is, the slowest and best.
   * Default: 0.
   */
  qb?: number
  /**
   * Refinement (`...,RFlat`, `...,Refine(SQ8)`): k_factor x k candidates are compared again, 1 to 1048576,
   * fractions allowed. FAISS's default: 1, which refines the order alone.
   */
  k_factor?: number
}

/** Search parameters as every search without its own uses them, and how vectors are added. */
export interface IndexParameters extends SearchParameters {
  /** HNSW: candidates while a vector's neighbours are chosen, 1 to 1048576. FAISS's default: 40. */
  efConstruction?: number
  /** The same for the graph of `IVFn_HNSWm`. */
  quantizer_efConstruction?: number
}

/** Numbers by name, those that are undefined left out; which names there are the index knows. */
export function numbers(parameters: object | undefined): Record<string, number> {
  if (parameters === undefined) return {}
  if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters))
    throw wrongType('parameters', 'an object of numbers, such as { nprobe: 16 }', parameters)
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined)
  for (const [name, value] of given) check.finite(`parameters.${name}`, value)
  return Object.fromEntries(given)
}
