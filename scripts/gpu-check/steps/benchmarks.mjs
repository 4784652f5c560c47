// bench/gpu: its record is bench/results/<gpu>.json once it has been looked at.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inRoot, root } from '../../common/paths.mjs'
import { runProgram } from '../run-program.mjs'
import { programPath } from './native.mjs'

const SECONDS = 345

/**
 * Reads what the peers import into the system's cache, while other steps run: on a fresh machine that takes longer than many
 * a benchmark.
 */
export function warmUpPeers({ env }) {
  const child = spawn('python3', ['-c', 'import torch, sentence_transformers'], {
    env,
    stdio: 'ignore',
    detached: true,
  })
  child.on('error', () => {}) // no Python, no peers: the benchmarks say so
  child.unref()
}

export async function benchmarks(context) {
  const out = join(context.out, 'bench.json')
  const args = [inRoot('bench', 'gpu', 'run.mjs'), '--device', context.device, '--out', out]
  if (context.small) args.push('--small')
  if (context.workloads) args.push('--only', context.workloads)
  args.push('--seconds', String(Math.floor(Math.min(SECONDS, context.secondsLeft()) - 5)))
  const { code, seconds, timedOut } = await runProgram(context, process.execPath, args, {
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
      ...(code !== 0 && { problem: timedOut ? 'stopped' : `exit code ${code}; the log has more` }),
      record,
    },
  ]
}
