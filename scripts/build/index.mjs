// The local build: the addon for this machine's instruction set and lib/ as JavaScript.
import { step } from '../common/log.mjs'
import { inRoot, root } from '../common/paths.mjs'
import { run } from '../common/run.mjs'
import { setup } from '../setup/index.mjs'
import { localInstructionSet } from '../setup/instruction-set.mjs'
import { buildAddon } from './addon.mjs'

/** Sets up what is missing and builds; returns where the third-party parts are. */
export async function build({ debug = false, tests = false } = {}) {
  const parts = await setup({ tests })
  const isa = localInstructionSet()
  await step(`Addon for ${isa}`, () =>
    buildAddon({
      isa,
      parts,
      output: inRoot('build', 'Release'),
      folder: debug ? 'cmake-debug' : `cmake-${isa}`,
      debug,
    }),
  )
  await step('TypeScript', () => run('npm', ['run', '--silent', 'build:lib'], { cwd: root }))
  return parts
}
