// Compiles native/ with cmake-js, which finds the headers of Node-API in node-api-headers ("binary" in package.json).
import { availableParallelism } from 'node:os'
import { inRoot, root, thirdParty } from '../common/paths.mjs'
import { run } from '../common/run.mjs'

/**
 * Builds densenode.node for one instruction set and puts it into output, with its shared libraries beside it.
 * folder: name of the build tree below build/. tests, benchmarks: those programs too. debug keeps symbols, strip removes them.
 * cuda: builds densenode.cuda.node instead, with parts.cuda.
 */
export async function buildAddon({
  isa,
  parts,
  output,
  folder,
  tests = false,
  benchmarks = false,
  debug = false,
  strip = false,
  cuda = false,
}) {
  const options = {
    DENSENODE_ISA: isa,
    DENSENODE_THIRD_PARTY: thirdParty,
    DENSENODE_FAISS: parts.faiss[isa],
    DENSENODE_ONNXRUNTIME: parts.onnxruntime,
    DENSENODE_OPENBLAS: parts.openblas,
    DENSENODE_ONIGURUMA: parts.oniguruma,
    DENSENODE_ADDON: 'ON',
    DENSENODE_TESTS: tests ? 'ON' : 'OFF',
    DENSENODE_BENCHMARKS: benchmarks ? 'ON' : 'OFF',
    CMAKE_LIBRARY_OUTPUT_DIRECTORY: output,
    CMAKE_MODULE_LINKER_FLAGS: strip ? '-s' : '',
    ...(debug && { CMAKE_BUILD_TYPE: 'RelWithDebInfo' }),
    ...(cuda && cudaOptions(parts.cuda, strip)),
  }
  const args = [
    ...['--log-level', 'warn', '--directory', root, '--out', inRoot('build', folder), '--generator', 'Ninja'],
    ...Object.entries(options).map(([name, value]) => `--CD${name}=${value}`),
  ]
  const cmakeJs = inRoot('node_modules', 'cmake-js', 'bin', 'cmake-js')
  await run(process.execPath, [cmakeJs, 'configure', ...args])
  const parallel = ['--parallel', `${availableParallelism()}`]
  await run(process.execPath, [cmakeJs, 'build', ...args, ...parallel], { show: true })
}

function cudaOptions({ architectures, toolkit, faiss, onnxruntime }, release) {
  return {
    DENSENODE_CUDA: 'ON',
    DENSENODE_CUDA_ARCHITECTURES: architectures.join(','),
    // Another machine has its libraries elsewhere.
    DENSENODE_CUDA_TOOLKIT_LIBRARIES: release ? '' : toolkit.lib,
    DENSENODE_FAISS_GPU: faiss,
    DENSENODE_ONNXRUNTIME_GPU: onnxruntime,
    CMAKE_CUDA_COMPILER: toolkit.nvcc,
    CUDAToolkit_ROOT: toolkit.root,
  }
}
