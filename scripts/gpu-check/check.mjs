// Runs the steps one after the other. A step that fails, hangs or is missing does not stop the next; results are written after each.
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { log } from '../common/log.mjs'
import { inRoot } from '../common/paths.mjs'
import { checkEnvironment } from './environment.mjs'
import { linkBuildFolders } from './source-links.mjs'
import { benchmarks, warmUpPeers } from './steps/benchmarks.mjs'
import { facts } from './steps/facts.mjs'
import { jest } from './steps/jest.mjs'
import { native } from './steps/native.mjs'
import { sanitizer } from './steps/sanitizer.mjs'
import { printSummary } from './summary.mjs'

const STEPS = { native, jest, sanitizer, bench: benchmarks }

/** Returns true if something failed. only: names of steps; workloads: of bench/gpu, all without it; seconds: for all together. */
export async function check({ out, seconds, only, workloads, device, small }) {
  const begin = performance.now()
  const folder = resolve(out)
  mkdirSync(folder, { recursive: true })
  const logFile = join(folder, 'log.txt')
  const bundle = readBundle()
  if (bundle) linkBuildFolders(bundle)
  const context = {
    bundle,
    device,
    small,
    workloads,
    out: folder,
    env: checkEnvironment({ bundle }),
    write: (text) => appendFileSync(logFile, text),
    secondsLeft: () => seconds - (performance.now() - begin) / 1000,
  }
  if (only.includes('bench')) warmUpPeers(context)
  const results = { started: new Date().toISOString(), bundle, steps: [] }
  const save = () => {
    const file = join(folder, 'results.json')
    writeFileSync(`${file}.part`, `${JSON.stringify(results, null, 1)}\n`)
    renameSync(`${file}.part`, file)
  }
  for (const [name, step] of [['facts', facts], ...only.map((name) => [name, STEPS[name]])]) {
    const start = performance.now()
    log(`> ${name}`)
    const parts = await runStep(name, step, context)
    for (const part of parts) {
      results.steps.push({ step: name, ...part })
      log(`  ${part.name}: ${part.status}`)
    }
    log(`  ${((performance.now() - start) / 1000).toFixed(1)} s, ${context.secondsLeft().toFixed(0)} s left`)
    save()
  }
  printSummary(results.steps)
  return results.steps.some(({ status }) => status === 'failed')
}

async function runStep(name, step, context) {
  try {
    if (context.secondsLeft() < 5) return [{ name, status: 'skipped', problem: 'no time was left' }]
    return await step(context)
  } catch (error) {
    context.write(`\n${error.stack}\n`)
    return [{ name, status: 'failed', problem: error.message }]
  }
}

/** What the bundle says of itself; undefined in a clone. */
function readBundle() {
  const file = inRoot('bundle.json')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}
