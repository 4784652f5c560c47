import { spawn } from 'node:child_process'
import * as path from 'node:path'

/** The repository's folder, also from the compiled tests. */
export const ROOT = path.dirname(require.resolve('densenode/package.json'))

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

/** Runs test/integration/processes/<script> in a Node process of its own; a hang is ended after `limit` ms by SIGKILL. */
export function runScript(
  script: string,
  args: readonly (string | number)[],
  limit = 120_000,
): Promise<Ended> {
  const file = path.join(ROOT, 'test', 'integration', 'processes', script)
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--expose-gc', file, ...args.map(String)], {
      timeout: limit,
      killSignal: 'SIGKILL',
    })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk) => (stdout += chunk))
    child.stderr.on('data', (chunk) => (stderr += chunk))
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
}
