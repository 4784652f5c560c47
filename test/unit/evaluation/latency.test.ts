import { latencyOf, percentile } from '#lib/evaluation/latency'

import { expected } from '../ranking-fixtures'

test('percentiles equal numpy', () => {
  const { values, expected: theirs } = expected.percentiles
  const latency = latencyOf(values)
  expect(latency.calls).toBe(values.length)
  expect(latency.p50).toBeCloseTo(theirs['50'], 12)
  expect(latency.p90).toBeCloseTo(theirs['90'], 12)
  expect(latency.p95).toBeCloseTo(theirs['95'], 12)
  expect(latency.p99).toBeCloseTo(theirs['99'], 12)
  expect(percentile(new Float64Array([3]), 99)).toBe(3)
})
