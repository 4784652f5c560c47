import { type FileHandle, open, rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

import { DensenodeError } from '../errors'
import { isWhole } from './digest'
import type { HubClient } from './hub-client'
import { unreachable, writeFailure } from './hub-errors'
import type { HubFile } from './needed-files'

/** Patience with a hub, in milliseconds. */
export interface Patience {
  /** Longest wait for an answer, and for the next bytes of one. */
  stall: number
  /** Waits after failures; one that brought new bytes starts again with the first. */
  retries: readonly number[]
}

export interface Download {
  client: HubClient
  id: string
  commit: string
  patience: Patience
  signal: AbortSignal | undefined
  /** Bytes of this file that are there: those of an earlier try first. Falls where it has to start again. */
  onBytes(bytes: number): void
}

/**
 * Writes `file` to `place`, going on from what an earlier try left there, and leaves it there only if it has
 * the size and digest that the hub lists.
 *
 * @throws DensenodeError HUB_UNREACHABLE, HUB_ACCESS_DENIED, HUB_NOT_FOUND, FILE_CORRUPT (the bytes are not
 *   those that the hub lists, twice), FILE_WRITE_FAILED; or the signal's reason.
 */
export async function download(file: HubFile, place: string, job: Download): Promise<void> {
  for (const last of [false, true]) {
    await fetchBytes(file, place, job)
    if (await isWhole(file, place, job.signal)) return
    // The bytes of an earlier try may be to blame: once more, from the start.
    await rm(place, { force: true })
    job.onBytes(0)
    if (last)
      throw new DensenodeError(
        'FILE_CORRUPT',
        `${job.id}: ${file.path} arrived with other bytes than the hub lists (${file.digest.algorithm} ${file.digest.value}), twice. Nothing of it is kept; a proxy or mirror in between may change files`,
      )
  }
}

async function fetchBytes(file: HubFile, place: string, job: Download): Promise<void> {
  const handle = await writing(() => open(place, 'a+'))
  try {
    let failures = 0
    for (;;) {
      const before = (await handle.stat()).size
      try {
        if (await fetchRest(file, handle, job)) break
        throw unreachable(file.path, new Error('the connection ended early'))
      } catch (error) {
        job.signal?.throwIfAborted()
        if (!(error instanceof DensenodeError && error.code === 'HUB_UNREACHABLE')) throw error
        if ((await handle.stat()).size > before) failures = 0
        const wait = job.patience.retries[failures++]
        if (wait === undefined) throw error
        await sleep(wait, undefined, job.signal && { signal: job.signal })
      }
    }
    await writing(() => handle.sync())
  } finally {
    await handle.close()
  }
}

/** One answer of the hub, appended. True when the file has its size. */
async function fetchRest(file: HubFile, handle: FileHandle, job: Download): Promise<boolean> {
  let bytes = (await handle.stat()).size
  if (bytes > file.size) bytes = await restart(handle)
  job.onBytes(bytes)
  if (bytes === file.size) return true
  const stalled = new AbortController()
  const watch = setTimeout(
    () => stalled.abort(new Error(`no bytes for ${job.patience.stall / 1000} s`)),
    job.patience.stall,
  )
  let response: Response | undefined
  try {
    response = await job.client.open(job.id, job.commit, file.path, bytes, stalled.signal)
    if (response.status === 416 || (bytes > 0 && !continues(response, bytes))) bytes = await restart(handle)
    if (response.status === 416) return false
    for await (const chunk of response.body ?? []) {
      watch.refresh()
      if (bytes + chunk.length > file.size)
        throw unreachable(
          response.url,
          new Error(`it sends more than the ${file.size} bytes of ${file.path}`),
        )
      await writing(() => handle.appendFile(chunk))
      bytes += chunk.length
      job.onBytes(bytes)
    }
    return bytes === file.size
  } catch (error) {
    job.signal?.throwIfAborted()
    throw error instanceof DensenodeError
      ? error
      : unreachable(response?.url ?? file.path, stalled.signal.reason ?? error)
  } finally {
    clearTimeout(watch)
    stalled.abort()
  }
}

/** Whether an answer begins where it was asked to. */
const continues = ({ status, headers }: Response, offset: number): boolean =>
  status === 206 && headers.get('Content-Range')?.startsWith(`bytes ${offset}-`) === true

async function restart(handle: FileHandle): Promise<0> {
  await handle.truncate(0)
  return 0
}

async function writing<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    throw writeFailure(error)
  }
}
