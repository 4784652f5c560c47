// npm run gpu-check -- --bundle: everything that the check needs on a machine without network, Node or compiler, in pieces.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { buildAddon } from '../build/addon.mjs'
import { elapsed, log, Problem, step } from '../common/log.mjs'
import { inRoot, root, thirdParty } from '../common/paths.mjs'
import { run } from '../common/run.mjs'
import { setup } from '../setup/index.mjs'
import { compileTests } from '../test/typescript.mjs'
import { archive } from './archive.mjs'
import { contents } from './contents.mjs'
import { newestVersions } from './glibc.mjs'
import { prepareNode } from './node-binary.mjs'
import { writePieces } from './pieces.mjs'

/** Any x86-64 server runs it: the GPU machine's processor need not be like this one. */
const ISA = 'avx2'
const WORK = 'cmake-gpu-bundle'

export async function makeBundle({ architecture, pieceBytes }) {
  if (!(pieceBytes >= 1e6)) throw new Problem('--piece-mb: expected a number of megabytes, 1 or more.')
  if (!/^\d{2,3}$/.test(architecture))
    throw new Problem(
      `--architecture: expected a compute capability times ten, as 90, received ${architecture}.`,
    )
  const output = inRoot('build', 'gpu-bundle')
  const release = join(output, 'Release')
  const parts = await setup({ isas: [ISA], tests: true, architectures: [architecture] })
  await step(`CUDA addon and its GoogleTest programs for ${ISA} and sm_${architecture}`, () =>
    buildAddon({ isa: ISA, parts, output: release, folder: WORK, tests: true, strip: true, cuda: true }),
  )
  await step('TypeScript', async () => {
    await run('npm', ['run', '--silent', 'build:lib'], { cwd: root })
    await compileTests()
  })
  const bundle = { ...describe(architecture), sourceFolder: root, thirdPartyFolder: thirdParty }
  const build = { release, tests: inRoot('build', WORK, 'test', 'native') }
  const node = await prepareNode()
  const archives = await compressAll(
    contents({ parts, node, build, architecture, bundle }),
    join(output, 'archives'),
  )
  for (const name of readdirSync(output).filter((entry) => entry.startsWith('piece-')))
    rmSync(join(output, name), { recursive: true })
  const pieces = writePieces(archives, output, pieceBytes)
  for (const { folder, bytes, names } of pieces)
    log(`${folder}: ${(bytes / 1e6).toFixed(1)} MB (${names.join(', ')})`)
  log(`The newest symbols that the programs need: ${await newestVersions([release, build.tests])}.`)
  log(
    `Packed (${elapsed()}). On the GPU machine, for each piece in order: sh piece-NN/unpack.sh <folder>; then`,
  )
  log('  sh <folder>/densenode/scripts/gpu-check.sh <folder> <folder for results>')
}

async function compressAll(fills, cache) {
  mkdirSync(cache, { recursive: true })
  const archives = []
  for (const [name, fill] of Object.entries(fills)) {
    // What changes with every build is compressed in a quarter of the time, to a little more.
    const preset = name === 'densenode' ? '6' : '9e'
    archives.push(await step(`Archive ${name}`, () => archive(name, fill, cache, preset)))
    log(`  ${(archives.at(-1).bytes / 1e6).toFixed(1)} MB`)
  }
  return archives
}

function describe(architecture) {
  const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()
  return {
    commit: git('rev-parse', '--short', 'HEAD'),
    changed: git('status', '--porcelain') !== '',
    architecture,
    isa: ISA,
  }
}
