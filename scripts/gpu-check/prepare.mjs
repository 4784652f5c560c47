// What the check needs where there is a clone: the CUDA addon, its GoogleTest programs, and the tests as JavaScript.
import { build, localFolder } from '../build/index.mjs'
import { inRoot } from '../common/paths.mjs'
import { chosenArchitectures } from '../setup/architectures.mjs'
import { compileTests } from '../test/typescript.mjs'

export async function prepare() {
  await build({ tests: true, architectures: await chosenArchitectures() })
  await compileTests()
}

/** Where a clone has its GoogleTest programs of the CUDA build. */
export const nativeTests = () => inRoot('build', localFolder({ cuda: true }), 'test', 'native')
