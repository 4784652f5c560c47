import { randomUUID } from 'node:crypto'
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

const BEAT_MS = 2_000
/** A lock whose owner has not touched it for so long has none any more. */
const DEAD_MS = 20_000
const POLL_MS = 200

interface Owner {
  host: string
  pid: number
  token: string
}

/**
 * Runs `work` while no other process and no other call of this one holds the lock file `file`; waits for
 * those that do. The lock of a process that was killed is taken over: at once on the same host, else when
 * nobody has touched it for 20 seconds.
 */
export async function withFolderLock<T>(
  file: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const own = JSON.stringify({ host: hostname(), pid: process.pid, token: randomUUID() } satisfies Owner)
  await acquire(file, own, signal)
  const beat = setInterval(() => {
    const now = new Date()
    utimes(file, now, now).catch(() => undefined) // gone: the next pull will take another
  }, BEAT_MS)
  beat.unref()
  try {
    return await work()
  } finally {
    clearInterval(beat)
    if ((await contentOf(file)) === own) await rm(file, { force: true })
  }
}

async function acquire(file: string, own: string, signal: AbortSignal | undefined) {
  let seen = ''
  let seenAt = 0
  for (;;) {
    signal?.throwIfAborted()
    try {
      return await writeFile(file, own, { flag: 'wx' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const content = await contentOf(file)
    const touched = await stat(file).catch(() => undefined)
    if (content === undefined || !touched) continue // given back in between
    const state = `${content}${touched.mtimeMs}`
    // By our own clock: that of a file server may differ.
    if (state !== seen) [seen, seenAt] = [state, performance.now()]
    if (isOrphan(content) || performance.now() - seenAt > DEAD_MS) {
      await takeAway(file, content)
      continue
    }
    await sleep(POLL_MS, undefined, signal && { signal }).catch(() => signal?.throwIfAborted())
  }
}

/** The owner was a process of this host and is none any more. */
function isOrphan(content: string): boolean {
  try {
    const { host, pid } = JSON.parse(content) as Owner
    if (host !== hostname()) return false
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

/** Removes the lock with this content, and no other: somebody else may have taken it over meanwhile. */
async function takeAway(file: string, content: string): Promise<void> {
  const aside = `${file}.${randomUUID()}`
  try {
    await rename(file, aside)
  } catch {
    return
  }
  if ((await contentOf(aside)) !== content) await link(aside, file).catch(() => undefined)
  await rm(aside, { force: true })
}

async function contentOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined)
}
