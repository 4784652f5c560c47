// Development dependencies from package-lock.json; no package's script runs.
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { step } from '../common/log.mjs'
import { inRoot, root } from '../common/paths.mjs'
import { runOnline } from '../common/run.mjs'

export async function prepareNodeModules() {
  const stamp = inRoot('node_modules', '.densenode-lock')
  const identity = createHash('sha256')
    .update(readFileSync(inRoot('package-lock.json')))
    .digest('hex')
  try {
    if (readFileSync(stamp, 'utf8') === identity) return
  } catch {}
  await step('Node packages of package-lock.json', async () => {
    await runOnline('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: root,
    })
    writeFileSync(stamp, identity)
  })
}
