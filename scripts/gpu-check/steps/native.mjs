// The GoogleTest programs of the CUDA build.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { inRoot, root } from '../../common/paths.mjs'
import { runProgram } from '../run-program.mjs'

const PROGRAMS = { densenode_test_cuda: 240, densenode_test_common: 30 }

/** The path of a program of the CUDA build. */
export async function programPath(name, { bundle }) {
  if (bundle) return inRoot('build', 'test-programs', name)
  const { nativeTests } = await import('../prepare.mjs')
  return join(nativeTests(), name)
}

export async function native(context) {
  const parts = []
  for (const [name, seconds] of Object.entries(PROGRAMS)) {
    const program = await programPath(name, context)
    parts.push(
      existsSync(program)
        ? await runTests(context, program, seconds)
        : { name, status: 'skipped', problem: 'not built' },
    )
  }
  return parts
}

async function runTests(context, program, seconds) {
  const folder = mkdtempSync(join(tmpdir(), 'densenode-gtest-'))
  const report = join(folder, 'report.json')
  const run = await runProgram(context, program, [`--gtest_output=json:${report}`], { seconds, cwd: root })
  const counts = existsSync(report)
    ? countTests(JSON.parse(readFileSync(report, 'utf8')))
    : fromOutput(run.output)
  rmSync(folder, { recursive: true, force: true })
  const complete = run.code === 0 && counts.failed === 0
  return {
    name: basename(program),
    status: complete ? 'passed' : 'failed',
    ...counts,
    seconds: run.seconds,
    ...(!complete && { problem: why(run) }),
  }
}

function countTests({ testsuites }) {
  const counts = { passed: 0, failed: 0, skipped: 0, failures: [] }
  for (const test of testsuites.flatMap((suite) => suite.testsuite)) {
    if (test.failures?.length > 0) {
      counts.failed++
      counts.failures.push(
        `${test.classname}.${test.name}: ${test.failures[0].failure.split('\n').slice(0, 8).join(' ').slice(0, 400)}`,
      )
    } else if (test.result === 'SKIPPED' || test.status === 'NOTRUN') counts.skipped++
    else counts.passed++
  }
  return counts
}

/** A program that died has written no report: its output says how far it came. */
function fromOutput(output) {
  const count = (pattern) => [...output.matchAll(pattern)].length
  const running = [...output.matchAll(/^\[ RUN\s+\] (.*)$/gm)].at(-1)?.[1]
  return {
    passed: count(/^\[\s+OK \]/gm),
    failed: count(/^\[\s+FAILED\s+\] .*\(\d+ ms\)/gm) + 1,
    skipped: count(/^\[\s+SKIPPED \] .*\(\d+ ms\)/gm),
    failures: [`ended in ${running ?? 'nothing'}: ${output.slice(-400)}`],
  }
}

export function why({ code, timedOut, seconds, output }) {
  if (timedOut) return `stopped after ${seconds.toFixed(0)} s`
  return `exit code ${code}${code === 0 ? '' : `: ${output.trim().slice(-300)}`}`
}
