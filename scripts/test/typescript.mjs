// Compiles the tests and runs jest on them.
import { readFileSync, rmSync } from 'node:fs'
import { inRoot, modelFolder, python, root, thirdParty } from '../common/paths.mjs'
import { run, start } from '../common/run.mjs'

export async function runJest({ fast }) {
  rmSync(inRoot('build', 'test'), { recursive: true, force: true }) // no test outlives its source
  await run(process.execPath, [
    inRoot('node_modules', 'typescript', 'bin', 'tsc'),
    '-p',
    inRoot('test', 'tsconfig.json'),
  ])
  const report = inRoot('build', 'jest.json')
  rmSync(report, { force: true })
  const env = { DENSENODE_MODEL: modelFolder, DENSENODE_PYTHON: python, DENSENODE_THIRD_PARTY: thirdParty }
  const jest = inRoot('node_modules', 'jest', 'bin', 'jest.js')
  const fewer = fast ? ['--testPathIgnorePatterns', '\\.slow\\.test\\.js$'] : []
  await start(process.execPath, [jest, '--json', `--outputFile=${report}`, ...fewer], {
    cwd: root,
    env,
    show: true,
  })
  const result = JSON.parse(readFileSync(report, 'utf8'))
  return {
    passed: result.numPassedTests,
    failed: result.numFailedTests + result.numRuntimeErrorTestSuites,
    skipped: result.numPendingTests + result.numTodoTests,
  }
}
