import * as check from '../checks'
import { wrongRange, wrongType } from '../errors'
import type { IndexParameters, SearchParameters } from '../index-parameters'
import type { Metric } from '../metric'
import { recommend } from '../recommend'

/**
 * An index family to compare: how it is built, and the search parameters to try on it, one row of the table
 * each.
 */
export interface IndexCandidate {
  /** FAISS factory string. */
  factory: string
  /** As VectorIndex.create takes them. */
  build?: IndexParameters
  /**
   * As VectorIndex.search takes them. Default: one row with those of `build`, or what the family has by
   * itself.
   */
  parameters?: SearchParameters | readonly SearchParameters[]
}

/**
 * Exact search, the usual families with search parameters from fast to thorough, and what
 * VectorIndex.recommend says, for `count` vectors.
 */
export function usualCandidates(count: number, dimension: number, metric: Metric): IndexCandidate[] {
  // sqrt(n) to 4 sqrt(n) cells (FAISS's guidelines), and at least 39 training vectors a cell.
  const cells = Math.max(1, Math.min(Math.round(2 * Math.sqrt(count)), Math.floor(count / 39)))
  const probes = [1, 4, 16, 64].filter((nprobe) => nprobe <= cells)
  const nprobe = probes.map((value) => ({ nprobe: value }))
  const candidates: IndexCandidate[] = [
    { factory: 'Flat' },
    { factory: 'SQ8' },
    { factory: `IVF${cells},Flat`, parameters: nprobe },
    { factory: `IVF${cells},SQ8`, parameters: nprobe },
    { factory: 'HNSW32', parameters: [16, 64, 256].map((efSearch) => ({ efSearch })) },
  ]
  const bytes = quantizerBytes(dimension)
  if (bytes > 0 && count >= 39 * 256)
    candidates.push({ factory: `IVF${cells},PQ${bytes}np`, parameters: nprobe })
  const { factory, parameters: build } = recommend({ count, dimension, metric })
  return factory === 'Flat' ? candidates : [...candidates, { factory, build }]
}

/**
 * About a byte for 4 dimensions; PQ divides a vector into equal parts, so the number must divide the
 * dimension.
 */
function quantizerBytes(dimension: number): number {
  for (let bytes = Math.floor(dimension / 4); bytes > 0; bytes--) if (dimension % bytes === 0) return bytes
  return 0
}

export interface CheckedCandidate {
  factory: string
  build: IndexParameters
  parameters: readonly SearchParameters[]
}

export function checkCandidates(given: unknown): CheckedCandidate[] {
  if (!Array.isArray(given))
    throw wrongType('indexes', 'an array of factory strings or { factory, parameters }', given)
  if (given.length === 0) throw wrongRange('indexes', 'at least one index', given)
  return given.map((candidate: unknown, i) => {
    if (typeof candidate === 'string') return { factory: candidate, build: {}, parameters: [{}] }
    const place = `indexes[${i}]`
    if (typeof candidate !== 'object' || candidate === null)
      throw wrongType(place, 'a factory string or { factory, parameters }', candidate)
    const {
      factory,
      build = {},
      parameters = {},
    } = check.options(candidate as IndexCandidate, ['factory', 'build', 'parameters'], place)
    const rows = (Array.isArray(parameters) ? parameters : [parameters]) as readonly SearchParameters[]
    if (rows.length === 0) throw wrongRange(`${place}.parameters`, 'at least one set of parameters', rows)
    return { factory: check.string(`${place}.factory`, factory), build, parameters: rows }
  })
}
