// Packs what this machine has built and uses it from an empty project.
import { inRoot } from '../common/paths.mjs'
import { localBinaries, pack } from '../package/pack.mjs'
import { tryPackages } from '../package/try.mjs'
import { localInstructionSet } from '../setup/instruction-set.mjs'

export async function runPackageTests({ parts }) {
  const binaries = localBinaries(localInstructionSet())
  const tarballs = await pack(inRoot('build', 'test-packages'), binaries, inRoot('build', 'Release'), parts)
  return tryPackages(tarballs)
}
