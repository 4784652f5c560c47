// What a bundle holds, in parts that are compressed apart: those that change least come first.
import { cpSync, mkdirSync, readdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { readGlosses } from '../../bench/harness/wordnet.mjs'
import { inRoot, root } from '../common/paths.mjs'
import { closure } from './dependencies.mjs'
import { keepArchitecture } from './fatbin.mjs'
import { toHalf } from './half.mjs'

const REPOSITORY = 'densenode'
const GLOSSES = 20_000
/** The check itself, the benchmarks, and what their scripts import. */
const SOURCES = ['package.json', 'binding.d.ts', 'bench', 'scripts', 'test/fixtures', 'test/native']

/**
 * { name: fill(folder) }: each part with the function that lays it out below a folder as the unpacked bundle has it.
 * parts: where setup() has put third-party parts; node: Node's folder; build: { release, tests }, the folders of the addon and of
 * the GoogleTest programs.
 */
export function contents({ parts, node, build, architecture, bundle }) {
  const trimmed = (from, to) => copyLibrary(from, to, architecture)
  return {
    node: (folder) => cpSync(node, join(folder, 'node'), { recursive: true, filter: unstamped }),
    onnxruntime: (folder) => {
      for (const file of filesOf(join(build.release, 'cuda')))
        trimmed(file, join(folder, REPOSITORY, 'build', 'Release', 'cuda', basename(file)))
    },
    libraries: (folder) => {
      for (const file of filesOf(build.release).filter((name) => /\.so(\.\d+)*$/.test(name)))
        copy(file, join(folder, REPOSITORY, 'build', 'Release', basename(file)))
    },
    model: (folder) =>
      copyModel(parts.model, join(folder, 'cache', 'third-party', 'models', basename(parts.model))),
    jest: (folder) => {
      for (const name of closure(root, 'jest')) copy(inRoot(name), join(folder, REPOSITORY, name))
    },
    texts: (folder) => writeGlosses(join(folder, 'wordnet')),
    densenode: (folder) => {
      const repository = join(folder, REPOSITORY)
      const addon = join(build.release, 'densenode.cuda.node')
      trimmed(addon, join(repository, 'build', 'Release', basename(addon)))
      for (const file of filesOf(build.tests).filter((name) => /densenode_(test|bench)_\w+$/.test(name)))
        trimmed(file, join(repository, 'build', 'test-programs', basename(file)))
      for (const name of ['dist', 'build/test', ...SOURCES]) copy(inRoot(name), join(repository, name))
      writeFileSync(join(repository, 'bundle.json'), JSON.stringify(bundle, null, 1))
    },
  }
}

const unstamped = (file) => !basename(file).startsWith('.densenode-')

function copy(from, to) {
  mkdirSync(dirname(to), { recursive: true })
  cpSync(from, to, {
    recursive: true,
    dereference: true,
    filter: (file) => !/[/\\](results|\.cache)$/.test(file),
  })
}

const filesOf = (folder) =>
  readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile())

/** A library or program with the device code of one architecture (fatbin.mjs says why that is enough there). */
function copyLibrary(from, to, architecture) {
  const file = readFileSync(realpathSync(from))
  keepArchitecture(file, Number(architecture))
  mkdirSync(dirname(to), { recursive: true })
  writeFileSync(to, file, { mode: 0o755 })
}

/** In fp16: the model runs in fp16 on a GPU anyway, and the tests' tolerance is that of fp16. */
function copyModel(from, to) {
  const weights = join(from, 'model.safetensors')
  cpSync(from, to, { recursive: true, filter: (file) => file !== weights && unstamped(file) })
  writeFileSync(join(to, 'model.safetensors'), toHalf(readFileSync(weights)))
}

/** A part of WordNet in its own format, as far as bench/harness/wordnet.mjs reads it. */
function writeGlosses(folder) {
  mkdirSync(folder, { recursive: true })
  const lines = readGlosses()
    .slice(0, GLOSSES)
    .map((gloss) => `0 | ${gloss}`)
  for (const name of ['noun', 'verb', 'adj', 'adv'])
    writeFileSync(join(folder, `data.${name}`), name === 'noun' ? lines.join('\n') : '')
}
