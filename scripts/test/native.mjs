// Runs the GoogleTest programs of the build; every test counts, and a program that ends without its report is one failure.
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { localFolder } from '../build/index.mjs'
import { inRoot, python, root } from '../common/paths.mjs'
import { run, start } from '../common/run.mjs'

/** Suites and tests with a name that begins with Slow. */
const SLOW = 'Slow*:*.Slow*'
/** Seconds after which a program hangs rather than works: ten times what the longest one takes on two cores. */
const PATIENCE = 1200

/** Returns { passed, failed, skipped }. Wants a build with tests; cuda: that of the CUDA addon. */
export async function runNativeTests({ fast, cuda = false }) {
  const folder = inRoot('build', localFolder({ cuda }))
  const reports = inRoot('build', cuda ? 'gtest-reports-cuda' : 'gtest-reports')
  rmSync(reports, { recursive: true, force: true })
  mkdirSync(reports)
  const env = { GTEST_OUTPUT: `json:${reports}/`, DENSENODE_PYTHON: python }
  if (fast) env.GTEST_FILTER = `-${SLOW}`
  await start('ctest', ['--test-dir', folder, '--output-on-failure', '--timeout', `${PATIENCE}`], {
    env,
    show: true,
    cwd: root,
  })
  return countTests(folder, reports)
}

async function countTests(folder, reports) {
  const { tests: programs } = JSON.parse(await run('ctest', ['--test-dir', folder, '--show-only=json-v1']))
  const written = readdirSync(reports)
  const counts = { passed: 0, failed: Math.max(0, programs.length - written.length), skipped: 0 }
  for (const file of written) {
    const { testsuites } = JSON.parse(readFileSync(join(reports, file), 'utf8'))
    for (const test of testsuites.flatMap((suite) => suite.testsuite)) counts[outcome(test)]++
  }
  return counts
}

function outcome(test) {
  if (test.failures?.length > 0) return 'failed'
  return test.status === 'NOTRUN' || test.result === 'SKIPPED' ? 'skipped' : 'passed'
}
