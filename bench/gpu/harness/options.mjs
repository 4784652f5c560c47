// Command line of every GPU workload.
import { mkdirSync, statfsSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'

import { cacheFolder } from '../../harness/peers.mjs'

const ROOMY = 16 * 2 ** 30

/**
 * { device, small, seconds, out, work }: what runs where, whether with sizes that a laptop can do, the time that the workload
 * may take, the file of its record, and a folder for what it makes.
 */
export function readOptions({ seconds }) {
  const { values } = parseArgs({
    options: {
      device: { type: 'string', default: 'cuda' },
      small: { type: 'boolean', default: false },
      seconds: { type: 'string', default: String(seconds) },
      out: { type: 'string' },
    },
  })
  const { device, small, out } = values
  return { device, small, seconds: Number(values.seconds), out, work: workFolder() }
}

/** Gigabytes are written and read at once: in memory where there is room, so that no disk takes part. run.mjs removes it. */
export function workFolder() {
  const folder = path.join(inMemory() ? '/dev/shm' : cacheFolder, 'densenode-gpu-bench')
  mkdirSync(folder, { recursive: true })
  return folder
}

function inMemory() {
  try {
    const { blocks, bsize } = statfsSync('/dev/shm') // not what is free: the answer must not change meanwhile
    return blocks * bsize > ROOMY
  } catch {
    return false
  }
}
