// How near two sets of embeddings are.
import { quantile } from '../../harness/statistics.mjs'

/** { smallest, median } of the cosines of the rows of `a` with the same rows of `b`; the shorter one decides how many. */
export function compare(a, b, dimension) {
  const cosines = []
  for (let row = 0; row < Math.min(a.length, b.length); row += dimension) {
    let [dot, normA, normB] = [0, 0, 0]
    for (let i = row; i < row + dimension; i++) {
      dot += a[i] * b[i]
      normA += a[i] * a[i]
      normB += b[i] * b[i]
    }
    cosines.push(dot / Math.sqrt(normA * normB))
  }
  const smallest = cosines.reduce((least, cosine) => Math.min(least, cosine), 1) // NaN stays NaN
  return { smallest, median: quantile(cosines, 0.5), rows: cosines.length }
}
