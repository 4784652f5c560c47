// Which system a binary wants: the newest versions of the C and C++ run time's symbols in it.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { start } from '../common/run.mjs'

const FAMILIES = ['GLIBC', 'GLIBCXX', 'CXXABI', 'GCC', 'GOMP']

/** 'GLIBC_2.34, GLIBCXX_3.4.30, ...' over all programs and libraries of the folders. */
export async function newestVersions(folders) {
  const newest = {}
  for (const file of folders.flatMap(binaries)) {
    const { output } = await start('objdump', ['-T', file])
    for (const [, family, version] of output.matchAll(/\b([A-Z]+)_(\d+(?:\.\d+)*)\b/g))
      if (FAMILIES.includes(family) && (!newest[family] || compare(version, newest[family]) > 0))
        newest[family] = version
  }
  return Object.entries(newest)
    .map(([family, version]) => `${family}_${version}`)
    .join(', ')
}

const binaries = (folder) =>
  readdirSync(folder)
    .filter((name) => /\.node$|\.so(\.\d+)*$|^densenode_(test|bench)_\w+$/.test(name))
    .map((name) => join(folder, name))

function compare(a, b) {
  const [left, right] = [a, b].map((text) => text.split('.').map(Number))
  for (let i = 0; i < Math.max(left.length, right.length); i++)
    if ((left[i] ?? 0) !== (right[i] ?? 0)) return (left[i] ?? 0) - (right[i] ?? 0)
  return 0
}
