// Installs the peers apart from densenode (in the cache folder) and exports the model to ONNX for them. Idempotent. A peer
// that cannot be installed here is named at the end, and the benchmarks leave it out.
//   node bench/setup.mjs [peer ...]          all peers without names
// DENSENODE_BENCH_PYTHON names a Python to install the peers' packages into that there is already.
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import path from 'node:path'

import { cacheFolder, installFolder, modelFolder, onnxFolder, peersFolder, python } from './harness/peers.mjs'

/** Its packages make the export. */
const EXPORTER = 'onnxruntime-python'
const run = (program, ...args) => execFileSync(program, args, { stdio: 'inherit' })

const known = readdirSync(peersFolder).filter((peer) => manifestOf(peer) || requirementsOf(peer))
const chosen = process.argv.length > 2 ? process.argv.slice(2) : known
const unknown = chosen.find((peer) => !known.includes(peer))
if (unknown) throw new RangeError(`expected peers out of ${known.join(', ')}, received ${unknown}`)

const failed = []
for (const peer of chosen) {
  console.log(`> ${peer}`)
  try {
    if (manifestOf(peer)) installNode(peer)
    else installPython(peer)
  } catch (error) {
    failed.push(`${peer}: ${error.message}`)
  }
}
const exported = existsSync(path.join(onnxFolder, 'onnx', 'model_fused.onnx'))
if (chosen.includes(EXPORTER) && !failed.some((line) => line.startsWith(EXPORTER)) && !exported) {
  run(python, path.join(peersFolder, EXPORTER, 'export.py'), modelFolder, onnxFolder)
}
if (failed.length > 0) {
  console.error(`not installed:\n${failed.join('\n')}`)
  process.exitCode = 1
}

function manifestOf(peer) {
  const file = path.join(peersFolder, peer, 'package.json')
  return existsSync(file) && file
}

function requirementsOf(peer) {
  const file = path.join(peersFolder, peer, 'requirements.txt')
  return existsSync(file) && file
}

function installNode(peer) {
  const folder = installFolder(peer)
  mkdirSync(folder, { recursive: true })
  copyFileSync(manifestOf(peer), path.join(folder, 'package.json'))
  run('npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder)
}

/** Into the one environment of all Python peers, whose lists agree on what they share. */
function installPython(peer) {
  if (!existsSync(python)) run('python3', '-m', 'venv', path.join(cacheFolder, 'python'))
  run(python, '-m', 'pip', 'install', '--quiet', '-r', requirementsOf(peer))
}
