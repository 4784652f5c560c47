// Summaries of trials.

/** The value at quantile 0 <= q <= 1, between neighbours by their distance. `values` need not be sorted. */
export function quantile(values, q) {
  const sorted = Float64Array.from(values).sort()
  const at = (sorted.length - 1) * q
  const low = Math.floor(at)
  const high = Math.min(low + 1, sorted.length - 1)
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low)
}

/** Median, extremes and (largest - smallest) / median, which one trial does not have. */
export function summarize(values) {
  const median = quantile(values, 0.5)
  const min = Math.min(...values)
  const max = Math.max(...values)
  return { median, min, max, spread: values.length > 1 ? (max - min) / median : null, trials: values.length }
}

/** Smallest and mean cosine of the rows of `a` with the same rows of `b`. */
export function compareRows(a, b, dimension) {
  if (a.length !== b.length) throw new Error(`expected ${b.length} values, received ${a.length}`)
  let smallest = 1
  let sum = 0
  const rows = a.length / dimension
  for (let row = 0; row < rows; row++) {
    let dot = 0
    let normA = 0
    let normB = 0
    for (let i = row * dimension; i < (row + 1) * dimension; i++) {
      dot += a[i] * b[i]
      normA += a[i] * a[i]
      normB += b[i] * b[i]
    }
    const cosine = dot / Math.sqrt(normA * normB)
    if (!(cosine >= smallest)) smallest = cosine // NaN too
    sum += cosine
  }
  return { smallest, mean: sum / rows }
}

/** Share of the exact neighbours that were found (ids: k per query), over the first queries, those that `found` has. */
export function recall(found, exact, k) {
  let hits = 0
  for (let start = 0; start < found.length; start += k) {
    const wanted = new Set(exact.subarray(start, start + k))
    for (let i = start; i < start + k; i++) if (wanted.has(found[i])) hits++
  }
  return hits / found.length
}
