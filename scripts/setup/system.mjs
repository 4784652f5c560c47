// Programs and headers that come from the system. As root on Debian the missing ones are installed; elsewhere the command is printed.
import { existsSync } from 'node:fs'
import { log, Problem, step } from '../common/log.mjs'
import { run, runOnline, start } from '../common/run.mjs'

const compiler = process.env.CXX || 'g++'

/** True if the program runs and its version is at least the wanted one. */
const program =
  (name, wanted = '0') =>
  async () => {
    const { code, output } = await start(name, ['--version'])
    return code === 0 && atLeast(/\d+(\.\d+)+/.exec(output)?.[0] ?? '0', wanted)
  }

/** True if the compiler finds the header. */
const header = (name) => async () =>
  (await start('sh', ['-c', `echo '#include <${name}>' | ${compiler} -x c++ -E -`])).code === 0

function atLeast(version, wanted) {
  const [a, b] = [version, wanted].map((text) => text.split('.').map(Number))
  for (let i = 0; i < b.length; i++) if ((a[i] ?? 0) !== b[i]) return (a[i] ?? 0) > b[i]
  return true
}

const base = [
  { what: 'Python 3.10 or newer', check: program('python3', '3.10'), debian: ['python3'] },
  {
    what: "Python's venv module",
    check: async () => (await start('python3', ['-c', 'import venv, ensurepip'])).code === 0,
    debian: ['python3-venv'],
  },
  { what: 'a C++20 compiler (GCC 11 or newer)', check: program(compiler, '11'), debian: ['g++'] },
  { what: 'CMake 3.24 or newer', check: program('cmake', '3.24'), debian: ['cmake'] },
  { what: 'Ninja', check: program('ninja'), debian: ['ninja-build'] },
  { what: 'nlohmann/json', check: header('nlohmann/json.hpp'), debian: ['nlohmann-json3-dev'] },
  { what: 'xxHash', check: header('xxhash.h'), debian: ['libxxhash-dev'] },
  { what: 'libstemmer', check: header('libstemmer.h'), debian: ['libstemmer-dev'] },
]
// Cargo fetches the source of FAISS. Before 1.70 it clones the whole index first; Debian 12 has a newer one under another name.
const cargo = { what: 'Cargo 1.70 or newer', check: program('cargo', '1.70'), debian: ['cargo-web', 'cargo'] }
const forTests = [{ what: 'GoogleTest', check: header('gtest/gtest.h'), debian: ['libgtest-dev'] }]
const forBenchmarks = [
  { what: 'Google Benchmark', check: header('benchmark/benchmark.h'), debian: ['libbenchmark-dev'] },
]

async function missingOf(needs) {
  const found = await Promise.all(needs.map((need) => need.check()))
  return needs.filter((_, i) => !found[i])
}

/** Makes sure that the tools are there; throws with the remedy where that is not ours to do. */
export async function prepareSystem({ needsCargo, needsTests, needsBenchmarks }) {
  const needs = [
    ...base,
    ...(needsCargo ? [cargo] : []),
    ...(needsTests ? forTests : []),
    ...(needsBenchmarks ? forBenchmarks : []),
  ]
  const missing = await missingOf(needs)
  if (missing.length === 0) return
  const names = missing.map((need) => need.what).join(', ')
  if (!existsSync('/etc/debian_version')) {
    throw new Problem(
      `Missing on this system: ${names}. Install them with the system's package manager, then run this again.`,
    )
  }
  if (process.getuid() !== 0) {
    const packages = missing.map((need) => need.debian.at(-1)).join(' ')
    throw new Problem(
      `Missing on this system: ${names}. Run\n\n  sudo apt-get update && sudo apt-get install -y ${packages}\n\nthen run this again.`,
    )
  }
  await step(`System packages for: ${names}`, () => install(missing))
  const still = await missingOf(missing)
  if (still.length > 0) {
    throw new Problem(
      `Debian's packages are there, but too old or not found: ${still.map((need) => need.what).join(', ')}.`,
    )
  }
}

async function install(missing) {
  const quiet = { env: { DEBIAN_FRONTEND: 'noninteractive' } }
  await runOnline('apt-get', ['update'], quiet)
  const packages = []
  for (const need of missing) packages.push(await firstKnown(need.debian))
  log(`  apt-get install ${packages.join(' ')}`)
  await runOnline('apt-get', ['install', '-y', '--no-install-recommends', ...packages], quiet)
}

/** The first of several names that this release of Debian has. */
async function firstKnown(names) {
  for (const name of names.slice(0, -1)) {
    const policy = await run('apt-cache', ['policy', name])
    if (/Candidate: \d/.test(policy)) return name
  }
  return names.at(-1)
}
