// test/gpu through the public API. One worker: tests watch the memory of the device.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { inRoot, root } from '../../common/paths.mjs'
import { runProgram } from '../run-program.mjs'
import { why } from './native.mjs'

const SECONDS = 240

export async function jest(context) {
  const folder = mkdtempSync(join(tmpdir(), 'densenode-jest-'))
  const report = join(folder, 'report.json')
  const program = inRoot('node_modules', 'jest', 'bin', 'jest.js')
  const args = [
    program,
    '--runInBand',
    '--json',
    `--outputFile=${report}`,
    '--verbose',
    '--testPathPatterns',
    'build/test/gpu/',
  ]
  const run = await runProgram(context, process.execPath, args, {
    seconds: SECONDS,
    cwd: root,
    // Where nothing may be skipped: a device that is not found is a failure (test/gpu/support.ts).
    env: context.device === 'cpu' ? {} : { DENSENODE_REQUIRE_GPU: '1' },
  })
  const counts = existsSync(report)
    ? countTests(JSON.parse(readFileSync(report, 'utf8')))
    : { passed: 0, failed: 1 }
  rmSync(folder, { recursive: true, force: true })
  const complete = run.code === 0 && counts.failed === 0
  return [
    {
      name: 'test/gpu',
      status: complete ? 'passed' : 'failed',
      ...counts,
      seconds: run.seconds,
      ...(!complete && { problem: why(run) }),
    },
  ]
}

function countTests(result) {
  const failures = result.testResults.flatMap((file) => {
    const tests = file.assertionResults.filter(({ status }) => status === 'failed')
    if (tests.length === 0 && file.status === 'failed') return [plain(`${file.name}: ${file.message}`)]
    return tests.map((test) => plain(`${test.fullName}: ${test.failureMessages[0]}`))
  })
  return {
    passed: result.numPassedTests,
    failed: result.numFailedTests + result.numRuntimeErrorTestSuites,
    skipped: result.numPendingTests + result.numTodoTests,
    failures,
  }
}

/** One line without terminal colours. */
function plain(text) {
  return stripVTControlCharacters(text)
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .slice(0, 8)
    .join(' ')
    .slice(0, 400)
}
