// The local build: the addon for this machine's instruction set and lib/ as JavaScript.
import { step } from '../common/log.mjs'
import { inRoot, root } from '../common/paths.mjs'
import { run } from '../common/run.mjs'
import { setup } from '../setup/index.mjs'
import { localInstructionSet } from '../setup/instruction-set.mjs'
import { buildAddon } from './addon.mjs'

/** Where CMake works for this machine; the GoogleTest programs are built there too. */
export const localFolder = () => `cmake-${localInstructionSet()}`

/** Sets up what is missing and compiles native/; returns where the third-party parts are. */
export async function buildNative({ debug = false, tests = false } = {}) {
  const parts = await setup({ tests })
  const isa = localInstructionSet()
  const folder = debug ? 'cmake-debug' : localFolder()
  await step(`Addon for ${isa}${tests ? ' and GoogleTest programs' : ''}`, () =>
    buildAddon({ isa, parts, output: inRoot('build', 'Release'), folder, tests, debug }),
  )
  return parts
}

/** buildNative, and lib/ into dist/. */
export async function build(options) {
  const parts = await buildNative(options)
  await step('TypeScript', () => run('npm', ['run', '--silent', 'build:lib'], { cwd: root }))
  return parts
}
