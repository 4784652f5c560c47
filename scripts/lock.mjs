// npm run lock: writes package-lock.json anew and completes it. npm leaves out optional packages that the registry in use does
// not serve, and `npm ci` then refuses the file everywhere; they are for other platforms, so only name and version matter here.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { main } from './common/log.mjs'
import { inRoot, root } from './common/paths.mjs'
import { runOnline } from './common/run.mjs'

const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'openbsd', 'openharmony', 'sunos', 'win32']
const CPUS = ['arm64', 'arm', 'x64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32']

/** "@scope/binding-linux-x64-musl" -> { os: ['linux'], cpu: ['x64'], libc: ['musl'] } */
function platformOf(name) {
  const find = (values) => values.filter((value) => new RegExp(`[-.]${value}`).test(name)).slice(0, 1)
  const libc = /musl/.test(name) ? ['musl'] : /gnu/.test(name) ? ['glibc'] : []
  const platform = { cpu: find(CPUS), os: find(SYSTEMS), libc }
  return Object.fromEntries(Object.entries(platform).filter(([, values]) => values.length > 0))
}

function complete(lock) {
  for (const { optionalDependencies = {} } of Object.values(lock.packages)) {
    for (const [name, range] of Object.entries(optionalDependencies)) {
      const version = range.replace(/^[\^~]/, '')
      lock.packages[`node_modules/${name}`] ??= { version, dev: true, optional: true, ...platformOf(name) }
    }
  }
  const sorted = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1))
  return { ...lock, packages: Object.fromEntries(sorted) }
}

await main(async () => {
  const file = inRoot('package-lock.json')
  rmSync(file, { force: true })
  await runOnline('npm', ['install', '--package-lock-only', '--ignore-scripts', '--loglevel=error'], {
    cwd: root,
    show: true,
  })
  const lock = complete(JSON.parse(readFileSync(file, 'utf8')))
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
})
