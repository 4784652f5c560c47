// A part of the bundle as one .tar.xz, kept until its content changes: xz takes minutes at the level that a size limit asks for.
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { join, relative } from 'node:path'
import { run } from '../common/run.mjs'

/**
 * Fills a folder and returns its archive { name, file, bytes, sha256 }. cache: folder of the archives; preset: xz's, from 0 to 9e.
 */
export async function archive(name, fill, cache, preset = '9e') {
  const folder = join(cache, `${name}.content`)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  try {
    fill(folder)
    const file = join(cache, `${name}-${hashOf(folder)}.tar.xz`)
    if (!existsSync(file)) await compress(folder, file, preset)
    for (const old of readdirSync(cache).filter(
      (other) => other.startsWith(`${name}-`) && join(cache, other) !== file,
    ))
      rmSync(join(cache, old))
    const data = readFileSync(file)
    return { name, file, bytes: data.length, sha256: createHash('sha256').update(data).digest('hex') }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function compress(folder, file, preset) {
  // Names in order and no times: the same content gives the same archive.
  const tar = [
    '--sort=name',
    '--mtime=@0',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '-C',
    folder,
    '-cf',
    `${file}.tar`,
    '.',
  ]
  await run('tar', tar)
  // The programs share most of their code; so large a dictionary finds it again.
  await run('xz', [`--lzma2=preset=${preset},dict=192MiB`, '-T2', '--force', `${file}.tar`])
  renameSync(`${file}.tar.xz`, file)
}

function hashOf(folder) {
  const hash = createHash('sha256')
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  const names = entries.map((entry) => join(entry.parentPath ?? entry.path, entry.name)).sort()
  for (const name of names) {
    const stat = statSync(name, { throwIfNoEntry: false })
    hash.update(`${relative(folder, name)}\0${stat?.mode ?? readlinkSync(name)}\0`)
    if (stat?.isFile()) hash.update(readFileSync(name))
  }
  return hash.digest('hex').slice(0, 16)
}
