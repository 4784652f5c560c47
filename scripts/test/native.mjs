// Builds and runs the GoogleTest programs; every test counts, and a program that ends without its report is one failure.
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { cmakeOptions } from '../build/addon.mjs'
import { log } from '../common/log.mjs'
import { inRoot, python, root } from '../common/paths.mjs'
import { run, start } from '../common/run.mjs'
import { localInstructionSet } from '../setup/instruction-set.mjs'

/** Suites and tests with a name that begins with Slow. */
const SLOW = 'Slow*:*.Slow*'

export async function runNativeTests({ parts, fast }) {
  const folder = inRoot('build', 'native-tests')
  const reports = join(folder, 'reports')
  const options = {
    ...cmakeOptions({ isa: localInstructionSet(), parts }),
    DENSENODE_ADDON: 'OFF',
    DENSENODE_TESTS: 'ON',
    CMAKE_BUILD_TYPE: 'Release',
  }
  const definitions = Object.entries(options).map(([name, value]) => `-D${name}=${value}`)
  await run('cmake', ['-S', root, '-B', folder, '-G', 'Ninja', ...definitions])
  await run('ninja', ['-C', folder, '-j', `${availableParallelism()}`], { onLine: failuresOnly })

  rmSync(reports, { recursive: true, force: true })
  mkdirSync(reports)
  const env = {
    GTEST_OUTPUT: `json:${reports}/`,
    DENSENODE_PYTHON: python,
    ...(fast && { GTEST_FILTER: `-${SLOW}` }),
  }
  const { output } = await start('ctest', ['--test-dir', folder, '--output-on-failure'], {
    env,
    show: true,
    cwd: root,
  })
  if (output) log(output)
  return countTests(folder, reports)
}

/** Ninja's own lines are left out; what a compiler says is shown. */
function failuresOnly(line) {
  if (!line.startsWith('[')) log(line)
}

async function countTests(folder, reports) {
  const { tests: programs } = JSON.parse(await run('ctest', ['--test-dir', folder, '--show-only=json-v1']))
  const counts = { passed: 0, failed: 0, skipped: 0 }
  const written = readdirSync(reports)
  counts.failed += Math.max(0, programs.length - written.length)
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
