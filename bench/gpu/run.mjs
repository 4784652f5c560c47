// All GPU workloads, each bounded in time; one that fails or takes too long leaves what it measured, and the next one runs.
//   node bench/gpu/run.mjs [--device cuda] [--small] [--only embed,search] [--seconds 340] [--out results.json]
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'

import { resultsFolder } from '../harness/machine.mjs'
import { workFolder } from './harness/options.mjs'
import { printRecord } from './tables.mjs'

// Seconds that each may take, and how much longer before it is killed.
const WORKLOADS = { embed: 140, 'query-latency': 55, search: 115 }
const GRACE = 10

const { values } = parseArgs({
  options: {
    device: { type: 'string', default: 'cuda' },
    small: { type: 'boolean', default: false },
    only: { type: 'string', default: Object.keys(WORKLOADS).join(',') },
    seconds: { type: 'string', default: '340' },
    out: { type: 'string' },
  },
})
const parts = path.join(path.dirname(values.out ?? path.join(resultsFolder(), 'gpu')), 'parts')
const records = {}
const end = performance.now() + 1000 * Number(values.seconds)
for (const workload of values.only.split(',')) {
  const out = path.join(parts, `${workload}.json`)
  rmSync(out, { force: true })
  const left = (end - performance.now()) / 1000 - GRACE
  if (left < GRACE) {
    console.log(`${workload}: no time was left`)
    continue
  }
  const code = await runWorkload(workload, out, Math.min(WORKLOADS[workload], left))
  if (code !== 0) process.exitCode = 1
  if (existsSync(out)) records[workload] = JSON.parse(readFileSync(out, 'utf8'))
  else console.log(`${workload}: no result (exit code ${code})`)
  save()
}
for (const folder of [parts, workFolder()]) rmSync(folder, { recursive: true, force: true })
for (const record of Object.values(records)) printRecord(record)

/** Results go to --out, or to results/<gpu>.json. */
function save() {
  const name =
    Object.values(records)[0]
      ?.gpu?.name.toLowerCase()
      .match(/[a-z0-9]+/g)
      .join('-') ?? values.device
  const file = values.out ?? path.join(resultsFolder(), `${name}.json`)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(`${file}.part`, `${JSON.stringify(records, null, 1)}\n`)
  renameSync(`${file}.part`, file)
}

function runWorkload(workload, out, seconds) {
  const args = [
    '--device',
    values.device,
    '--seconds',
    String(Math.floor(seconds)),
    '--out',
    out,
    ...(values.small ? ['--small'] : []),
  ]
  // Its output is its table, which is printed again at the end for all; errors are shown.
  const child = spawn(process.execPath, [path.join(import.meta.dirname, `${workload}.mjs`), ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true, // a group of its own, so that its peers end with it
  })
  const timer = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), (seconds + GRACE) * 1000)
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      resolve(code ?? signal)
    })
  })
}
