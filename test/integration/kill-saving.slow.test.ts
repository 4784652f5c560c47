// A process that is killed while it saves leaves the old file or the new one.
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import * as path from 'node:path'

import { VectorIndex } from 'densenode'
import { scratchFolder } from '../scratch-folder'
import { ROOT } from './run-script'

const KILLS = 200
const AT_ONCE = 4
/** From the first save on; one takes about 2 ms, a slow disk's sync 20. */
const LONGEST_MS = 60
const seed = Number(process.env.DENSENODE_SEED ?? Date.now() % 1_000_000)

const folder = scratchFolder('kill')

/** Resolves when a saving process has been killed, `delay` ms after its first save began. */
function killWhileSaving(file: string, delay: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = path.join(ROOT, 'test', 'integration', 'processes', 'save-again.cjs')
    const child = spawn(process.execPath, [script, file], { stdio: ['ignore', 'pipe', 'inherit'] })
    child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), delay))
    child.on('error', reject)
    child.on('close', (code, signal) =>
      signal === 'SIGKILL'
        ? resolve()
        : reject(new Error(`ended with ${code ?? signal} before it was killed`)),
    )
  })
}

/** The file is one of the two whole indexes. */
async function expectWhole(file: string): Promise<number> {
  await using index = await VectorIndex.open(file)
  expect([2000, 3000]).toContain(index.count)
  const results = await index.search(new Float32Array(64), 1)
  expect(results.scores[0]).toBe(64 * index.count ** 2)
  return index.count
}

test(`${KILLS} kills at random moments of saving (DENSENODE_SEED=${seed})`, async () => {
  let state = seed
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
  const found: number[] = []
  let left = 0
  const rounds = async (name: string) => {
    const file = path.join(folder, name)
    for (let i = 0; i < KILLS / AT_ONCE; i++) {
      await killWhileSaving(file, random() * LONGEST_MS)
      const files = readdirSync(folder).filter((each) => each.startsWith(`${name}.`))
      expect(files.length).toBeLessThanOrEqual(1) // what an earlier one left, this one has removed
      left += files.length
      if (readdirSync(folder).includes(name)) found.push(await expectWhole(file))
    }
    // The next one that saves cleans up.
    await using index = await VectorIndex.create({ dimension: 2, metric: 'l2' })
    await index.save(file)
    expect(readdirSync(folder).filter((each) => each.startsWith(name))).toEqual([name])
  }
  await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => rounds(`index${i}`)))
  expect(left).toBeGreaterThan(0) // some were hit in the middle
  expect(new Set(found)).toEqual(new Set([2000, 3000]))
}, 300_000)
