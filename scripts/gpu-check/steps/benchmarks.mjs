// bench/gpu: its record is bench/results/<gpu>.json once it has been looked at.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inRoot, root } from '../../common/paths.mjs'
import { runProgram } from '../run-program.mjs'
import { programPath } from './native.mjs'

const SECONDS = 320

export async function benchmarks(context) {
  const out = join(context.out, 'bench.json')
  const args = [inRoot('bench', 'gpu', 'run.mjs'), '--device', context.device, '--out', out]
  if (context.small) args.push('--small')
  args.push('--seconds', String(Math.floor(Math.min(SECONDS, context.secondsLeft()) - 5)))
  const { code, output, seconds, timedOut } = await runProgram(context, process.execPath, args, {
    seconds: SECONDS,
    cwd: root,
    env: { DENSENODE_BENCH_FAISS: await programPath('densenode_bench_faiss', context) },
  })
  const record = existsSync(out) ? JSON.parse(readFileSync(out, 'utf8')) : {}
  return [
    {
      name: 'bench/gpu',
      status: code === 0 ? 'passed' : 'failed',
      seconds,
      workloads: Object.keys(record),
      ...(code !== 0 && { problem: timedOut ? 'stopped' : `exit code ${code}: ${output.slice(-400)}` }),
      record,
    },
  ]
}
