import { isSimilarity, type Metric } from '../metric'
import type { SearchResults } from '../search-results'
import { Turns } from '../turns'

/** Scores of two fp32 sums of the same vectors in another order differ by about this much, relatively. */
const TOLERANCE = 1e-5

/**
 * Recall against exact search: the share of found neighbours that belong among the k nearest, over all
 * queries. A found vector also counts where it is as near as the k-th exact one (identical texts have
 * identical vectors, and an index may give any of them), as ann-benchmarks does.
 *
 * @param vectors,queries Row-major; ids are rows of `vectors`.
 */
export async function recallAgainstExact(
  found: SearchResults,
  exact: SearchResults,
  vectors: Float32Array,
  queries: Float32Array,
  dimension: number,
  metric: Metric,
): Promise<number> {
  const { count, k } = exact
  const score = scoreOf[metric]
  const turns = new Turns()
  let hits = 0
  let wanted = 0
  for (let query = 0; query < count; query++) {
    if (turns.due) await turns.pass()
    const row = Array.from(exact.ids.subarray(query * k, (query + 1) * k)).filter((id) => id >= 0n)
    if (row.length === 0) continue
    wanted += row.length
    const nearest = new Set(row)
    const last = query * k + row.length - 1
    const worst = Number(exact.scores[last])
    const allowed = TOLERANCE * Math.max(1, Math.abs(worst))
    const seen = new Set<bigint>()
    for (const id of found.ids.subarray(query * k, (query + 1) * k)) {
      if (id < 0n || seen.has(id)) continue
      seen.add(id)
      if (nearest.has(id)) hits++
      else {
        const own = score(vectors, Number(id) * dimension, queries, query * dimension, dimension)
        if (isSimilarity(metric) ? own >= worst - allowed : own <= worst + allowed) hits++
      }
    }
  }
  return wanted === 0 ? 1 : hits / wanted
}

type Score = (a: Float32Array, atA: number, b: Float32Array, atB: number, length: number) => number

const sumOf =
  (term: (x: number, y: number) => number): Score =>
  (a, atA, b, atB, length) => {
    let sum = 0
    for (let i = 0; i < length; i++) sum += term(a[atA + i]!, b[atB + i]!)
    return sum
  }

const product = sumOf((x, y) => x * y)

/** What VectorIndex gives as scores. */
const scoreOf: Record<Metric, Score> = {
  ip: product,
  l2: sumOf((x, y) => (x - y) ** 2),
  l1: sumOf((x, y) => Math.abs(x - y)),
  cosine: (a, atA, b, atB, length) =>
    product(a, atA, b, atB, length) /
    (Math.sqrt(product(a, atA, a, atA, length) * product(b, atB, b, atB, length)) || 1),
}
