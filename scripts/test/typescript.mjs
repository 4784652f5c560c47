// Compiles the tests and runs jest on them, with the addon for the CPU and with that for CUDA.
import { readFileSync, rmSync } from 'node:fs'
import { CUDA_ADDON } from '../build/index.mjs'
import { inRoot, modelFolder, python, root, thirdParty } from '../common/paths.mjs'
import { run, start } from '../common/run.mjs'

const SLOW = '\\.slow\\.test\\.js$'
/** What the CUDA addon must do on a machine without a GPU: all that the other one does, and say what is missing. */
const WITHOUT_GPU =
  '/integration/(device|embedding-model|process-exit|retriever|vector-index|workers)\\.test\\.js$'

/** test/ as JavaScript in build/test. */
export async function compileTests() {
  rmSync(inRoot('build', 'test'), { recursive: true, force: true }) // no test outlives its source
  await run(process.execPath, [
    inRoot('node_modules', 'typescript', 'bin', 'tsc'),
    '-p',
    inRoot('test', 'tsconfig.json'),
  ])
}

/** All tests. Those of test/gpu are skipped where densenode has no GPU; `npm run gpu-check` runs them where it has. */
export async function runJest({ fast }) {
  await compileTests()
  return jest('jest.json', fast ? ['--testPathIgnorePatterns', SLOW] : [])
}

/** Wants the tests that runJest has compiled. */
export const runCudaJest = () => jest('jest-cuda.json', [WITHOUT_GPU], { DENSENODE_BINARY: CUDA_ADDON })

async function jest(name, args, more) {
  const report = inRoot('build', name)
  rmSync(report, { force: true })
  const env = {
    DENSENODE_MODEL: modelFolder,
    DENSENODE_PYTHON: python,
    DENSENODE_THIRD_PARTY: thirdParty,
    ...more,
  }
  const program = inRoot('node_modules', 'jest', 'bin', 'jest.js')
  await start(process.execPath, [program, '--json', `--outputFile=${report}`, ...args], {
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
