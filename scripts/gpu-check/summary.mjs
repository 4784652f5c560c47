// The end of the check's output: at most a hundred lines, the figures last.
import { printRecord } from '../../bench/gpu/tables.mjs'
import { log } from '../common/log.mjs'

const FAILURES = 16

export function printSummary(steps) {
  log('\n=== GPU check ===')
  for (const { step, name, status, passed, failed, skipped, summary, seconds, problem } of steps) {
    const counts =
      passed === undefined ? (summary ?? '') : `${passed} passed, ${failed} failed, ${skipped ?? 0} skipped`
    const time = seconds === undefined ? '' : `${seconds.toFixed(1)} s`
    log([`${step}: ${name}`, status, counts, time].filter(Boolean).join(' | '))
    if (problem) log(`    ${problem.replace(/\s+/g, ' ').slice(0, 400)}`)
  }
  const failures = steps.flatMap(({ failures }) => failures ?? [])
  if (failures.length > 0) log(`\nFailures (${failures.length}):`)
  for (const failure of failures.slice(0, FAILURES)) log(`- ${failure.replace(/\s+/g, ' ').slice(0, 240)}`)
  for (const { record = {} } of steps) for (const workload of Object.values(record)) printRecord(workload)
}
