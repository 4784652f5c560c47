import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'

import type { HubFile } from './needed-files'

/** Whether the file at `place` has the size and digest that the hub lists. */
export async function isWhole(file: HubFile, place: string, signal?: AbortSignal): Promise<boolean> {
  const handle = await open(place, 'r').catch(() => undefined)
  try {
    if ((await handle?.stat())?.size !== file.size) return false
  } finally {
    await handle?.close()
  }
  const digest = digestOf(file)
  for await (const chunk of createReadStream(place, { highWaterMark: 1 << 20, ...(signal && { signal }) }))
    digest.update(chunk as Buffer)
  return digest.digest('hex') === file.digest.value
}

/** Takes the bytes of `file` and gives its digest. */
function digestOf(file: HubFile): Hash {
  if (file.digest.algorithm === 'sha256') return createHash('sha256')
  return createHash('sha1').update(`blob ${file.size}\0`) // as Git names a file's content
}
