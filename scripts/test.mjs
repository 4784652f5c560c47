// npm test: sets up, builds, checks style, runs GoogleTest, jest and the packed package; closes with "N passed, N failed".
//   npm test -- --fast       without the slow tests: *.slow.test.ts, GoogleTest's Slow*, the packed package, and CUDA
//   npm test -- --no-cuda    without the CUDA addon (DENSENODE_NO_CUDA=1 too): compiling FAISS for it takes 20 minutes, once
import { build } from './build/index.mjs'
import { elapsed, log, step } from './common/log.mjs'
import { chosenArchitectures } from './setup/architectures.mjs'
import { runLint } from './test/lint.mjs'
import { runNativeTests } from './test/native.mjs'
import { runCudaPackageTest, runPackageTests } from './test/package.mjs'
import { runCudaJest, runJest } from './test/typescript.mjs'

const fast = process.argv.includes('--fast')
const cuda = !fast && !process.argv.includes('--no-cuda') && !process.env.DENSENODE_NO_CUDA
const total = { passed: 0, failed: 0, skipped: 0 }

/** Runs one part and adds its counts; a part that breaks down counts as one failure and the others still run. */
async function count(title, work) {
  try {
    await step(title, async () => {
      const counts = await work()
      for (const [name, value] of Object.entries(counts)) total[name] += value
      log(`  ${counts.passed} passed, ${counts.failed} failed`)
    })
  } catch (error) {
    total.failed++
    log(error.stack)
  }
}

try {
  const parts = await build({ tests: true, architectures: cuda ? await chosenArchitectures() : undefined })
  await count('Style', () => runLint())
  await count('GoogleTest', () => runNativeTests({ fast }))
  await count('jest', () => runJest({ fast }))
  if (cuda) {
    await count('GoogleTest, CUDA build', () => runNativeTests({ fast, cuda }))
    await count('jest with the CUDA addon', () => runCudaJest())
    await count('Package with CUDA', () => runCudaPackageTest({ parts }))
  }
  if (!fast) await count('Packed package in an empty project', () => runPackageTests({ parts }))
} catch (error) {
  total.failed++
  log(`\n${error.message}`)
}
if (total.failed > 0) process.exitCode = 1
log(`\nTests took ${elapsed()}.`)
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : ''
log(`${total.passed} passed, ${total.failed} failed${skipped}`)
