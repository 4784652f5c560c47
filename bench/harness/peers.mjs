// Where peers live and how an adapter is started. bench/setup.mjs installs them, apart from densenode.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

import { cache, modelFolder, root } from '../../scripts/common/paths.mjs'

export { modelFolder, root }
export const peersFolder = path.join(root, 'bench', 'peers')
/** Peers, exports and data of the benchmarks. */
export const cacheFolder = process.env.DENSENODE_BENCH_CACHE ?? path.join(cache, 'bench')
/** The fp32 ONNX export of the same model, made by bench/setup.mjs. */
export const onnxFolder = path.join(cacheFolder, `${path.basename(modelFolder)}-onnx`)
/** One environment for all Python peers. */
export const python = process.env.DENSENODE_BENCH_PYTHON ?? path.join(cacheFolder, 'python', 'bin', 'python')

/** Where the node_modules of a Node peer lie. */
export const installFolder = (peer) => path.join(cacheFolder, 'peers', peer)

/** A peer may be named with a variant that its adapter knows: "densenode:fp32", "densenode:sync". */
export function splitPeer(peer) {
  const [name, variant] = peer.split(':')
  return { name, variant }
}

function adapterOf(peer, workload) {
  return ['mjs', 'py'].map((ending) => path.join(peersFolder, peer, `${workload}.${ending}`)).find(existsSync)
}

const SETUP = 'node bench/setup.mjs'
/** Peers that read the ONNX export. */
const EXPORT_PEERS = ['fastembed', 'onnxruntime-python', 'transformers-js']

/** Why a peer cannot run here, as the command that mends it, or null. */
export function whyMissing(named) {
  const peer = splitPeer(named).name
  if (peer === 'densenode') {
    const probe = "require(process.argv[1]).VectorIndex.create({ dimension: 1, metric: 'ip' })"
    return spawnSync(process.execPath, ['-e', probe, root]).status === 0 ? null : 'npm run build'
  }
  const there = existsSync(path.join(peersFolder, peer, 'package.json'))
    ? existsSync(path.join(installFolder(peer), 'node_modules'))
    : requirementsOf(peer).every((name) => pythonPackages().has(name))
  if (!there) return SETUP
  return EXPORT_PEERS.includes(peer) && !existsSync(onnxFolder) ? SETUP : null
}

const normalized = (name) => name.toLowerCase().replace(/[-_.]+/g, '-')

function requirementsOf(peer) {
  const list = readFileSync(path.join(peersFolder, peer, 'requirements.txt'), 'utf8')
  return list
    .trim()
    .split('\n')
    .map((line) => normalized(line.split('==')[0]))
}

let found
/** Names of what is installed for the Python peers; none where there is no such Python. */
function pythonPackages() {
  const list =
    'from importlib.metadata import distributions\nfor d in distributions(): print(d.metadata["Name"])'
  found ??= new Set(
    (spawnSync(python, ['-c', list], { encoding: 'utf8' }).stdout ?? '').trim().split('\n').map(normalized),
  )
  return found
}

/**
 * Runs one trial in a process of its own: the adapter gets the path of a task (JSON) and prints its result as
 * the last line of its output (JSON). A peer that fails stops the run: a table with a silent gap would lie.
 */
export function runTrial(named, workload, taskFile) {
  const peer = splitPeer(named).name
  const adapter = adapterOf(peer, workload)
  const program = adapter.endsWith('.py') ? python : process.execPath
  const task = JSON.parse(readFileSync(taskFile, 'utf8'))
  const threads = String(task.threads)
  const env = {
    ...process.env,
    HF_HUB_OFFLINE: '1',
    DENSENODE_THREADS: threads,
    OMP_NUM_THREADS: threads,
    MKL_NUM_THREADS: threads,
    OPENBLAS_NUM_THREADS: threads,
    TOKENIZERS_PARALLELISM: 'true',
  }
  return new Promise((resolve, reject) => {
    const child = spawn(program, [adapter, taskFile, installFolder(peer)], { cwd: root, env })
    const output = { stdout: '', stderr: '' }
    for (const stream of ['stdout', 'stderr']) {
      child[stream].setEncoding('utf8').on('data', (text) => {
        output[stream] += text
      })
    }
    child.on('error', reject)
    child.on('close', (code, signal) => {
      const last = output.stdout.trim().split('\n').at(-1)
      if (code !== 0)
        return reject(new Error(`${peer} ended with ${signal ?? code}:\n${output.stderr.slice(-4000)}`))
      try {
        resolve(JSON.parse(last))
      } catch {
        reject(new Error(`${peer} printed no result:\n${output.stdout}${output.stderr}`.slice(0, 4000)))
      }
    })
  })
}
