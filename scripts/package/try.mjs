// Installs the tarballs in an empty project outside the repository and uses them as a user would: from CommonJS, from ES modules and
// from TypeScript, without compiler, Python or CMake on the path.
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { log } from '../common/log.mjs'
import { inRoot, modelFolder } from '../common/paths.mjs'
import { run, start } from '../common/run.mjs'

const consumer = inRoot('scripts', 'package', 'consumer')

/** Returns { passed, failed } by check. */
export async function tryPackages(tarballs) {
  const project = mkdtempSync(join(tmpdir(), 'densenode-consumer-'))
  try {
    writeFileSync(join(project, 'package.json'), '{ "name": "consumer", "private": true }\n')
    const quiet = ['--offline', '--no-audit', '--no-fund', '--loglevel=error']
    await run('npm', ['install', ...quiet, ...tarballs], { cwd: project })
    cpSync(consumer, project, { recursive: true })
    return await check(project)
  } finally {
    rmSync(project, { recursive: true, force: true })
  }
}

async function check(project) {
  // The types of Node come from the repository: an empty project has none.
  symlinkSync(inRoot('node_modules', '@types'), join(project, 'node_modules', '@types'))
  symlinkSync(inRoot('node_modules', 'undici-types'), join(project, 'node_modules', 'undici-types'))
  const bare = {
    cwd: project,
    env: { PATH: project, LD_LIBRARY_PATH: '', DENSENODE_BINARY: '' },
  }
  const tsc = inRoot('node_modules', 'typescript', 'bin', 'tsc')
  const types = (module, resolution) => [
    '--noEmit',
    '--strict',
    '--module',
    module,
    '--moduleResolution',
    resolution,
  ]
  const checks = {
    CommonJS: [['commonjs.cjs', modelFolder]],
    'ES module': [['module.mjs', modelFolder]],
    'one class in both': [['identity.mjs']],
    'command line': [[join('node_modules', '.bin', 'densenode'), 'info']],
    'types, node16': [[tsc, ...types('node16', 'node16'), 'types-module.mts', 'types-commonjs.cts']],
    'types, nodenext': [[tsc, ...types('nodenext', 'nodenext'), 'types-module.mts', 'types-commonjs.cts']],
    'types, bundler': [[tsc, ...types('esnext', 'bundler'), 'types-module.mts']],
  }
  const counts = { passed: 0, failed: 0 }
  for (const [name, [args]] of Object.entries(checks)) {
    const { code, output } = await start(process.execPath, args, bare)
    counts[code === 0 ? 'passed' : 'failed']++
    if (code !== 0) log(`  ${name}: failed with exit code ${code}\n${output}`)
  }
  return counts
}
