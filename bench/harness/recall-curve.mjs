/**
 * Queries per second in calls of `batch` at a recall, between the two points around it (the logarithm of the speed against
 * the recall); null where the points do not reach so far on either side. A single point is exact search: its speed at any recall.
 */
export function speedAtRecall(points, batch, level) {
  if (points.length === 1) return points[0].queriesPerSecond[batch].median
  const sorted = points
    .map(({ recall, queriesPerSecond }) => [recall, queriesPerSecond[batch].median])
    .sort(([a], [b]) => a - b)
  const after = sorted.findIndex(([recall]) => recall >= level)
  if (after < 0) return null
  if (sorted[after][0] === level) return sorted[after][1]
  if (after === 0) return null
  const [[lowRecall, lowSpeed], [highRecall, highSpeed]] = [sorted[after - 1], sorted[after]]
  const share = (level - lowRecall) / (highRecall - lowRecall)
  return lowSpeed * (highSpeed / lowSpeed) ** share
}
