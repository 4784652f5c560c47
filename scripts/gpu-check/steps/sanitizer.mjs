// compute-sanitizer on our own kernels: accesses out of bounds, and races in shared memory.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../common/paths.mjs'
import { runProgram } from '../run-program.mjs'
import { programPath } from './native.mjs'

const SECONDS = 90
// Tests of test/native/cuda in which our kernels run on moderate inputs: the tools slow them down many times, racecheck most.
const SOME = '*Kernel*:GpuIndexes.QueriesInDeviceMemory'
const TESTS = {
  memcheck: `${SOME}:GpuIndexes.TilesOfManyQueriesAreExact`,
  racecheck: `${SOME}-*Random*`,
}
// cuBLAS's and FAISS's kernels run unwatched; ours are in the namespace densenode. Calls that libraries make to find out what
// a driver can do may fail.
const OURS = ['--kernel-name', 'kernel_substring=densenode', '--report-api-errors', 'no']

export async function sanitizer(context) {
  const tool = find(context.env)
  const program = await programPath('densenode_test_cuda', context)
  const problem = !tool
    ? 'compute-sanitizer was not found'
    : !existsSync(program)
      ? `${program} was not built`
      : ''
  const parts = []
  for (const check of Object.keys(TESTS))
    parts.push(
      problem ? { name: check, status: 'skipped', problem } : await runTool(context, tool, check, program),
    )
  return parts
}

function find(env) {
  if (spawnSync('compute-sanitizer', ['--version'], { env }).status === 0) return 'compute-sanitizer'
  const toolkits = existsSync('/usr/local')
    ? readdirSync('/usr/local').filter((name) => name.startsWith('cuda'))
    : []
  return toolkits
    .flatMap((name) =>
      ['bin', 'compute-sanitizer'].map((folder) => join('/usr/local', name, folder, 'compute-sanitizer')),
    )
    .find((file) => existsSync(file))
}

async function runTool(context, tool, check, program) {
  const args = ['--tool', check, ...OURS, '--error-exitcode', '9', program, `--gtest_filter=${TESTS[check]}`]
  const { code, output, seconds, timedOut } = await runProgram(context, tool, args, {
    seconds: SECONDS,
    cwd: root,
  })
  const tests = Number(/\[==========\] (\d+) tests? from .* ran/.exec(output)?.[1] ?? 0)
  const summary = /(?:ERROR|RACECHECK) SUMMARY: (.*)/.exec(output)?.[1] ?? 'no summary'
  const clean = code === 0 && tests > 0
  return {
    name: check,
    status: clean ? 'passed' : 'failed',
    tests,
    summary,
    seconds,
    ...(!clean && {
      problem: timedOut ? 'stopped' : `exit code ${code}, ${tests} tests; ${findings(output)}`,
    }),
  }
}

/** The tool's own lines begin with "=========". */
function findings(output) {
  return output
    .split('\n')
    .filter((line) => /^=+ (Invalid|Error|Race|Warning|Program hit|Internal)/.test(line))
    .slice(0, 4)
    .join(' ')
    .slice(0, 600)
}
