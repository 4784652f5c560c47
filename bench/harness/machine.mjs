// Where a result was measured: without this a figure says nothing.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

const FLAGS = ['avx2', 'f16c', 'avx512f', 'avx512_vnni', 'avx512_bf16', 'amx_tile', 'amx_int8', 'amx_bf16']

function cpuFlags() {
  try {
    const line = readFileSync('/proc/cpuinfo', 'utf8').match(/^flags\s*:(.*)$/m)
    return line ? FLAGS.filter((flag) => line[1].split(' ').includes(flag)) : []
  } catch {
    return [] // not Linux
  }
}

function commit() {
  try {
    const quiet = { cwd: import.meta.dirname, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }
    const run = (...args) => execFileSync('git', args, quiet).trim()
    return run('rev-parse', '--short', 'HEAD') + (run('status', '--porcelain') ? ' with local changes' : '')
  } catch {
    return bundledCommit()
  }
}

/** A bundle for a GPU machine has no history and says what it was made from. */
function bundledCommit() {
  try {
    const file = path.join(import.meta.dirname, '..', '..', 'bundle.json')
    const { commit, changed } = JSON.parse(readFileSync(file, 'utf8'))
    return commit + (changed ? ' with local changes' : '')
  } catch {
    return 'unknown'
  }
}

export function describeMachine() {
  const cpus = os.cpus()
  return {
    cpu: cpus[0].model.trim(),
    cores: os.availableParallelism(),
    flags: cpuFlags(),
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    node: process.version,
    commit: commit(),
    loadAverageBefore: os.loadavg().map((load) => Number(load.toFixed(2))),
  }
}

/** A short name for the result file: "amd-epyc-2-cores-avx2". */
export function machineName({ cpu, cores, flags }) {
  const best = ['amx_bf16', 'avx512f', 'avx2'].find((flag) => flags.includes(flag)) ?? os.arch()
  const words = cpu
    .replace(/\((r|tm)\)|@.*$|processor|cpu/gi, ' ')
    .toLowerCase()
    .match(/[a-z0-9.]+/g)
  return [...words, cores, 'cores', best.replace('_', '-')].join('-')
}

export function resultsFolder() {
  return path.join(import.meta.dirname, '..', 'results')
}
