/** How long calls took, in milliseconds. */
export interface Latency {
  /** Calls measured. */
  calls: number
  mean: number
  p50: number
  p90: number
  p95: number
  p99: number
}

/** Percentiles of durations in milliseconds; at least one. */
export function latencyOf(durations: ArrayLike<number>): Latency {
  const sorted = Float64Array.from(durations).sort()
  return {
    calls: sorted.length,
    mean: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
    p50: percentile(sorted, 50),
    p90: percentile(sorted, 90),
    p95: percentile(sorted, 95),
    p99: percentile(sorted, 99),
  }
}

/**
 * Percentile p of sorted values, linear between the two nearest (definition 7 of Hyndman and Fan, "Sample
 * quantiles in statistical packages", 1996; numpy's default).
 */
export function percentile(sorted: Float64Array, p: number): number {
  const at = ((sorted.length - 1) * p) / 100
  const low = Math.floor(at)
  const high = Math.min(low + 1, sorted.length - 1)
  return sorted[low]! + (sorted[high]! - sorted[low]!) * (at - low)
}
