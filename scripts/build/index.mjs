// The local build: the addon for this machine's instruction set, with and without CUDA, and lib/ as JavaScript.
import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { step } from '../common/log.mjs'
import { inRoot, root } from '../common/paths.mjs'
import { run } from '../common/run.mjs'
import { setup } from '../setup/index.mjs'
import { localInstructionSet } from '../setup/instruction-set.mjs'
import { buildAddon } from './addon.mjs'

/** Where CMake works for this machine; the GoogleTest programs are built there too. */
export const localFolder = ({ cuda = false } = {}) => `cmake-${localInstructionSet()}${cuda ? '-cuda' : ''}`
export const CUDA_ADDON = inRoot('build', 'Release', 'densenode.cuda.node')

/**
 * Sets up what is missing and compiles native/; with architectures ('90' and so on), the CUDA addon too. Returns where the
 * third-party parts are.
 */
export async function buildNative({ debug = false, tests = false, benchmarks = false, architectures } = {}) {
  const parts = await setup({ tests, benchmarks, architectures })
  const isa = localInstructionSet()
  const output = inRoot('build', 'Release')
  const also = tests ? ' and GoogleTest programs' : ''
  await step(`Addon for ${isa}${also}`, () =>
    buildAddon({
      isa,
      parts,
      output,
      folder: debug ? 'cmake-debug' : localFolder(),
      tests,
      benchmarks,
      debug,
    }),
  )
  if (!architectures) removeStaleCuda(join(output, 'densenode.node'))
  else {
    const folder = debug ? 'cmake-debug-cuda' : localFolder({ cuda: true })
    await step(`Addon for ${isa} with CUDA for ${architectures.join(', ')}${also}`, () =>
      buildAddon({ isa, parts, output, folder, tests, debug, cuda: true }),
    )
  }
  return parts
}

/** A CUDA addon of older sources would be taken in the place of the addon just built; that of the same sources stays. */
function removeStaleCuda(addon) {
  const built = statSync(CUDA_ADDON, { throwIfNoEntry: false })?.mtimeMs
  if (built < statSync(addon).mtimeMs) rmSync(CUDA_ADDON)
}

/** buildNative, and lib/ into dist/. */
export async function build(options) {
  const parts = await buildNative(options)
  await step('TypeScript', () => run('npm', ['run', '--silent', 'build:lib'], { cwd: root }))
  return parts
}
