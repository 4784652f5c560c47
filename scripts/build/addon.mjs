// Builds the addon with cmake-js, which finds the headers of Node-API in node-api-headers ("binary" in package.json).
import { availableParallelism } from 'node:os'
import { inRoot, root, thirdParty } from '../common/paths.mjs'
import { run } from '../common/run.mjs'

/** What CMake must know about the third-party parts, as { name: value }. */
export const cmakeOptions = ({ isa, parts }) => ({
  DENSENODE_ISA: isa,
  DENSENODE_THIRD_PARTY: thirdParty,
  DENSENODE_FAISS: parts.faiss[isa],
  DENSENODE_ONNXRUNTIME: parts.onnxruntime,
  DENSENODE_OPENBLAS: parts.openblas,
})

/**
 * Builds densenode.node and puts it into output, with its shared libraries beside it. folder: the name of the build tree
 * below build/. debug keeps symbols, strip removes them.
 */
export async function buildAddon({
  isa,
  parts,
  output,
  folder = `cmake-${isa}`,
  debug = false,
  strip = false,
}) {
  const options = {
    ...cmakeOptions({ isa, parts }),
    DENSENODE_ADDON: 'ON',
    DENSENODE_TESTS: 'OFF',
    CMAKE_LIBRARY_OUTPUT_DIRECTORY: output,
  }
  if (debug) options.CMAKE_BUILD_TYPE = 'RelWithDebInfo'
  if (strip) options.CMAKE_MODULE_LINKER_FLAGS = '-s'
  const common = [
    ...['--directory', root, '--out', inRoot('build', folder), '--generator', 'Ninja'],
    ...Object.entries(options).map(([name, value]) => `--CD${name}=${value}`),
  ]
  const cmakeJs = inRoot('node_modules', 'cmake-js', 'bin', 'cmake-js')
  const level = ['--log-level', 'warn']
  await run(process.execPath, [cmakeJs, 'configure', ...level, ...common])
  await run(
    process.execPath,
    [cmakeJs, 'build', ...level, ...common, '--parallel', `${availableParallelism()}`],
    { show: true },
  )
}
