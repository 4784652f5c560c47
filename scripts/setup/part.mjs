// One third-party part: a folder of the cache with a stamp that says what it was made from. It is made under a temporary name and
// renamed when complete, so an interrupted run leaves no half part behind.
import { createHash } from 'node:crypto'
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { Problem, step } from '../common/log.mjs'
import { inThirdParty, thirdParty } from '../common/paths.mjs'

const STAMP = '.densenode-part'

/** True if the folder was made from exactly this identity (version, checksum, flags). */
export function isReady(folder, identity) {
  try {
    return readFileSync(join(folder, STAMP), 'utf8').trim() === identity
  } catch {
    return false
  }
}

/**
 * Makes third-party/<name> with make(temporaryFolder) unless it is there; returns its path.
 * make throws rather than leaving something incomplete or unverified.
 */
export async function part(name, identity, title, make) {
  const folder = inThirdParty(name)
  if (isReady(folder, identity)) return folder
  const work = inThirdParty(`.tmp-${process.pid}-${name.replaceAll('/', '+')}`)
  await step(title, async () => {
    mkdirSync(work, { recursive: true })
    try {
      await make(work)
      writeFileSync(join(work, STAMP), `${identity}\n`)
      replace(work, folder, identity)
    } finally {
      rmSync(work, { recursive: true, force: true })
    }
  })
  return folder
}

function replace(work, folder, identity) {
  if (isReady(folder, identity)) return // another run was faster
  mkdirSync(dirname(folder), { recursive: true })
  const old = `${work}.old`
  if (existsSync(folder)) renameSync(folder, old)
  renameSync(work, folder)
  rmSync(old, { recursive: true, force: true })
}

/** Removes what interrupted runs left. */
export function removeLeftovers() {
  if (!existsSync(thirdParty)) return
  for (const name of readdirSync(thirdParty)) {
    const pid = /^\.tmp-(\d+)-/.exec(name)?.[1]
    if (pid && !isRunning(Number(pid))) rmSync(inThirdParty(name), { recursive: true, force: true })
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** Throws unless the file has this SHA-256. */
export async function verify(file, sha256) {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk)
  const actual = hash.digest('hex')
  if (actual !== sha256) {
    throw new Problem(
      `${file}: expected SHA-256 ${sha256}, received ${actual}. Nothing was installed; run the setup again.`,
    )
  }
}
