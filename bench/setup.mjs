// Installs the peers apart from densenode (in the cache folder) and exports the model to ONNX for them.
// Idempotent.
//   node bench/setup.mjs          DENSENODE_BENCH_PYTHON names a Python that has the packages already
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import path from 'node:path'

import { cacheFolder, installFolder, modelFolder, onnxFolder, peersFolder, python } from './harness/peers.mjs'

const run = (program, ...args) => execFileSync(program, args, { stdio: 'inherit' })

const requirements = []
for (const peer of readdirSync(peersFolder)) {
  const [manifest, list] = ['package.json', 'requirements.txt'].map((name) =>
    path.join(peersFolder, peer, name),
  )
  if (existsSync(manifest)) {
    mkdirSync(installFolder(peer), { recursive: true })
    copyFileSync(manifest, path.join(installFolder(peer), 'package.json'))
    run('npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', installFolder(peer))
  }
  if (existsSync(list)) requirements.push('-r', list)
}

if (!process.env.DENSENODE_BENCH_PYTHON) {
  if (!existsSync(python)) run('python3', '-m', 'venv', path.join(cacheFolder, 'python'))
  run(python, '-m', 'pip', 'install', '--quiet', ...requirements)
}
if (!existsSync(path.join(onnxFolder, 'onnx', 'model_fused.onnx'))) {
  run(python, path.join(peersFolder, 'onnxruntime-python', 'export.py'), modelFolder, onnxFolder)
}
