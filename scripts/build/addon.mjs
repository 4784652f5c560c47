// Compiles native/ with cmake-js, which finds the headers of Node-API in node-api-headers ("binary" in package.json).
import { availableParallelism } from 'node:os'
import { inRoot, root, thirdParty } from '../common/paths.mjs'
import { run } from '../common/run.mjs'

/**
 * Builds densenode.node for one instruction set and puts it into output, with its shared libraries beside it.
 * folder: name of the build tree below build/. tests: the GoogleTest programs too. debug keeps symbols, strip removes them.
 */
export async function buildAddon({
  isa,
  parts,
  output,
  folder,
  tests = false,
  debug = false,
  strip = false,
}) {
  const options = {
    DENSENODE_ISA: isa,
    DENSENODE_THIRD_PARTY: thirdParty,
    DENSENODE_FAISS: parts.faiss[isa],
    DENSENODE_ONNXRUNTIME: parts.onnxruntime,
    DENSENODE_OPENBLAS: parts.openblas,
    DENSENODE_ADDON: 'ON',
    DENSENODE_TESTS: tests ? 'ON' : 'OFF',
    CMAKE_LIBRARY_OUTPUT_DIRECTORY: output,
    CMAKE_MODULE_LINKER_FLAGS: strip ? '-s' : '',
    ...(debug && { CMAKE_BUILD_TYPE: 'RelWithDebInfo' }),
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
