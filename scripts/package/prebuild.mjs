// Makes densenode.avx2.node, densenode.avx512.node and, on request, densenode.cuda.node in build/prebuild/prebuilds/linux-x64,
// by prebuildify.
import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { step } from '../common/log.mjs'
import { inRoot } from '../common/paths.mjs'
import { setup } from '../setup/index.mjs'

const prebuildify = () => promisify(createRequire(import.meta.url)('prebuildify'))
export const ISAS = ['avx2', 'avx512']

/** The CPU code of the CUDA binary: one that runs beside every GPU. The kernels are most of its size, so there is one binary. */
const CUDA_ISA = 'avx2'

/**
 * Builds both binaries and, given architectures, the one with CUDA; returns the folder that holds them, where the third-party
 * parts are, and the folders that each was built into, which hold its shared libraries: { avx2, avx512, cuda? }.
 */
export async function prebuild({ architectures } = {}) {
  const parts = await setup({ isas: ISAS, architectures })
  const libraries = {}
  for (const isa of ISAS) libraries[isa] = await one(isa, { isa, parts })
  if (architectures) libraries.cuda = await one('cuda', { isa: CUDA_ISA, parts, cuda: true })
  return { binaries: inRoot('build', 'prebuild', 'prebuilds', 'linux-x64'), parts, libraries }
}

/** prebuildify runs a program as if it were node-gyp, in cwd, and takes what that leaves in build/Release. */
async function one(name, options) {
  const cwd = inRoot('build', 'prebuild', name)
  mkdirSync(cwd, { recursive: true })
  process.env.DENSENODE_PREBUILD = JSON.stringify(options)
  await step(`Binary for ${name}`, () =>
    prebuildify()({
      cwd,
      out: inRoot('build', 'prebuild'),
      name: `densenode.${name}`,
      napi: true,
      targets: [process.version],
      nodeGyp: inRoot('scripts', 'build', 'as-node-gyp.mjs'),
    }),
  )
  return join(cwd, 'build', 'Release')
}
