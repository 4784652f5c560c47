import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'

import type { HubFile } from './needed-files'

/** Takes the bytes of `file` and gives its digest in hexadecimal. */
export function digestOf(file: HubFile): Hash {
  if (file.digest.algorithm === 'sha256') return createHash('sha256')
  return createHash('sha1').update(`blob ${file.size}\0`) // as Git names a file's content
}

/** Adds what the file at `place` holds. */
export async function addFile(digest: Hash, place: string, signal?: AbortSignal): Promise<void> {
  for await (const chunk of createReadStream(place, { highWaterMark: 1 << 20, ...(signal && { signal }) }))
    digest.update(chunk as Buffer)
}
