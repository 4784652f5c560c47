// Makes densenode.avx2.node and densenode.avx512.node in build/prebuild/prebuilds/linux-x64, by prebuildify.
import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import { step } from '../common/log.mjs'
import { inRoot } from '../common/paths.mjs'
import { setup } from '../setup/index.mjs'

const prebuildify = () => promisify(createRequire(import.meta.url)('prebuildify'))
export const ISAS = ['avx2', 'avx512']

/** Builds both binaries; returns the folder that holds them and their shared libraries, and where the third-party parts are. */
export async function prebuild() {
  const parts = await setup({ isas: ISAS })
  for (const isa of ISAS) {
    // prebuildify runs a program as if it were node-gyp, in cwd, and takes what that leaves in build/Release.
    const cwd = inRoot('build', 'prebuild', isa)
    mkdirSync(cwd, { recursive: true })
    process.env.DENSENODE_PREBUILD = JSON.stringify({ isa, parts })
    await step(`Binary for ${isa}`, () =>
      prebuildify()({
        cwd,
        out: inRoot('build', 'prebuild'),
        name: `densenode.${isa}`,
        napi: true,
        targets: [process.version],
        nodeGyp: inRoot('scripts', 'build', 'as-node-gyp.mjs'),
      }),
    )
  }
  return { binaries: inRoot('build', 'prebuild', 'prebuilds', 'linux-x64'), parts }
}
