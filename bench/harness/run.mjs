// Trials of several peers, one process each, in turns.
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'

import { cacheFolder, runTrial, splitPeer, whyMissing } from './peers.mjs'

export const workFolder = path.join(cacheFolder, 'work')

/** Writes a value where adapters can read it and returns the path. */
export function writeInput(name, value) {
  mkdirSync(workFolder, { recursive: true })
  const file = path.join(workFolder, name)
  writeFileSync(file, ArrayBuffer.isView(value) ? value : JSON.stringify(value))
  return file
}

/** The peers that are installed here; says which ones are left out and what mends it. */
export function present(peers) {
  return peers.filter((peer) => {
    const remedy = whyMissing(peer)
    if (remedy) console.log(`left out: ${peer} is not installed (${remedy})`)
    return !remedy
  })
}

/**
 * Runs every peer `trials` times, round by round so that a slow spell of the machine hits all of them, each
 * round beginning with another peer. Returns { peer: [result, ...] }; a result holds what the adapter printed
 * and `out`, the file that it wrote.
 */
export async function runTrials(workload, peers, trials, task) {
  const results = Object.fromEntries(peers.map((peer) => [peer, []]))
  for (let round = 0; round < trials; round++) {
    for (let i = 0; i < peers.length; i++) {
      const peer = peers[(i + round) % peers.length]
      const out = path.join(workFolder, `${workload}-${peer}.bin`)
      const taskFile = writeInput(`${workload}-${peer}.json`, {
        ...task,
        variant: splitPeer(peer).variant,
        out,
      })
      const result = await runTrial(peer, workload, taskFile)
      results[peer].push({ ...result, out })
      process.stderr.write(`${workload} ${round + 1}/${trials} ${peer}\n`)
    }
  }
  return results
}
