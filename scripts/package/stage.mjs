// Lays out the packages as folders that `npm pack` takes as they are: densenode, @densenode/linux-x64 and, for GPUs,
// @densenode/linux-x64-cuda.
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Problem } from '../common/log.mjs'
import { inRoot } from '../common/paths.mjs'
import { notices } from './notices.mjs'

export const PLATFORM = '@densenode/linux-x64'
const SHARED_LIBRARY = /^lib.*\.so(\.\d+)*$/
const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'))
const writeJson = (file, value) => writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`)

function empty(folder) {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  return folder
}

/** The main package: compiled TypeScript only. What serves development is left out of its package.json. */
export function stageMain(folder) {
  const { scripts, devDependencies, imports, jest, binary, gypfile, ...manifest } = readJson(
    inRoot('package.json'),
  )
  empty(folder)
  for (const name of manifest.files) cpSync(inRoot(name), join(folder, name), { recursive: true })
  // Named here and not in the repository's package.json, where `npm ci` would ask for a version that is not published yet.
  writeJson(join(folder, 'package.json'), {
    ...manifest,
    optionalDependencies: { ...manifest.optionalDependencies, [PLATFORM]: manifest.version },
  })
}

/** The platform package: binaries = { 'densenode.avx2.node': path, ... }, and the shared libraries of the folders they lie in. */
export function stagePlatform(folder, binaries, libraries, parts) {
  const { version, license, engines } = readJson(inRoot('package.json'))
  empty(folder)
  for (const [name, file] of Object.entries(binaries)) cpSync(file, join(folder, name))
  const names = readdirSync(libraries).filter((name) => SHARED_LIBRARY.test(name))
  if (names.length !== 3) {
    throw new Problem(
      `${libraries}: expected ONNX Runtime, OpenBLAS and libgomp beside the addon, received ${names.join(', ')}.`,
    )
  }
  for (const name of names) cpSync(join(libraries, name), join(folder, name))
  finish(folder, 'linux-x64', notices(parts), { version, license, engines })
}

/**
 * The package with CUDA: the addon with OpenBLAS and libgomp beside it and its ONNX Runtime in cuda/, from the folder that it
 * was built into. Users install it next to densenode of the same version.
 */
export function stageCuda(folder, addon, libraries, parts) {
  const { name: main, version, license, engines } = readJson(inRoot('package.json'))
  empty(folder)
  cpSync(addon, join(folder, 'densenode.cuda.node'))
  for (const name of ['libgomp.so.1', 'libscipy_openblas.so', 'cuda'])
    cpSync(join(libraries, name), join(folder, name), { recursive: true })
  finish(folder, 'linux-x64-cuda', notices(parts, { cuda: true }), {
    version,
    license,
    engines,
    peerDependencies: { [main]: version },
  })
}

/** Licences, README.md and package.json of a package of binaries. */
function finish(folder, template, notices, manifest) {
  for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o755)
  cpSync(inRoot('LICENSE'), join(folder, 'LICENSE'))
  cpSync(inRoot('scripts', 'package', 'licenses', 'GPL-3.0.txt'), join(folder, 'GPL-3.0.txt'))
  cpSync(inRoot('scripts', 'package', `${template}.md`), join(folder, 'README.md'))
  writeFileSync(join(folder, 'THIRD_PARTY_NOTICES.txt'), notices)
  writeJson(join(folder, 'package.json'), {
    ...readJson(inRoot('scripts', 'package', `${template}.json`)),
    ...manifest,
    files: readdirSync(folder).sort(),
  })
}
