// Style: Biome for TypeScript and JavaScript, clang-format for C++, and no package registry named anywhere. `write` mends in place.
import { readFileSync } from 'node:fs'
import { log } from '../common/log.mjs'
import { inRoot, python, root } from '../common/paths.mjs'
import { run, start } from '../common/run.mjs'

/** Returns { passed, failed } by check. */
export async function runLint({ write = false } = {}) {
  const counts = { passed: 0, failed: 0 }
  for (const check of [biome, clangFormat, registries]) {
    const problem = await check(write)
    if (problem) log(problem.trimEnd())
    counts[problem ? 'failed' : 'passed']++
  }
  return counts
}

/** Files that git knows or would add. */
async function files(pattern) {
  const list = await run(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate', '-z'],
    { cwd: root },
  )
  return list.split('\0').filter((name) => name && pattern.test(name))
}

async function biome(write) {
  const program = inRoot('node_modules', '@biomejs', 'biome', 'bin', 'biome')
  const { code, output } = await start(
    process.execPath,
    [program, 'check', '--error-on-warnings', ...(write ? ['--write'] : [])],
    { cwd: root },
  )
  return code === 0 ? '' : output
}

async function clangFormat(write) {
  // The wheel's own program, of the version that third-party/oracles.txt pins.
  const program = (
    await run(python, ['-c', 'import clang_format, os; print(os.path.dirname(clang_format.__file__))'])
  ).trim()
  const sources = await files(/^(native|test|bench)\/.*\.(h|cpp|cu|cuh)$/)
  const mode = write ? ['-i'] : ['--dry-run', '--Werror']
  const { code, output } = await start(
    `${program}/data/bin/clang-format`,
    [...mode, '--style=file', ...sources],
    { cwd: root },
  )
  return code === 0 ? '' : output
}

/** An address that looks like a package registry's: which one a machine uses is its own business. */
async function registries() {
  const address = /https?:\/\/[^\s"'`)]*\b(registry|registries|pypi|npmjs|artifactory|proxy|index|maven)\b/i
  const named = (await files(/./)).filter((name) => exists(name, address))
  return named.map((name) => `${name}: names the address of a package registry`).join('\n')
}

function exists(name, pattern) {
  try {
    return pattern.test(readFileSync(inRoot(name), 'utf8'))
  } catch {
    return false // listed by git, deleted here
  }
}
