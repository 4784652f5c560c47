// Packs what this machine has built and uses it from an empty project.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CUDA_ADDON } from '../build/index.mjs'
import { log } from '../common/log.mjs'
import { inRoot } from '../common/paths.mjs'
import { start } from '../common/run.mjs'
import { localBinaries, pack } from '../package/pack.mjs'
import { stageCuda } from '../package/stage.mjs'
import { tryPackages } from '../package/try.mjs'
import { localInstructionSet } from '../setup/instruction-set.mjs'

export async function runPackageTests({ parts }) {
  const binaries = localBinaries(localInstructionSet())
  const tarballs = await pack(inRoot('build', 'test-packages'), binaries, inRoot('build', 'Release'), parts)
  return tryPackages(tarballs)
}

/** Lays out the package with CUDA where nothing else is, and loads it: it must bring all that it needs for this. */
export async function runCudaPackageTest({ parts }) {
  const folder = mkdtempSync(join(tmpdir(), 'densenode-cuda-'))
  try {
    stageCuda(folder, CUDA_ADDON, inRoot('build', 'Release'), parts)
    const script = `const { onnxruntimePath, cuda } = require(process.argv[1]).info()
      if (!cuda || !onnxruntimePath.startsWith(${JSON.stringify(join(folder, 'cuda'))})) throw new Error(onnxruntimePath)`
    const addon = join(folder, 'densenode.cuda.node')
    const { code, output } = await start(process.execPath, ['-e', script, addon], {
      env: { LD_LIBRARY_PATH: '' },
    })
    if (code !== 0) log(output)
    return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
