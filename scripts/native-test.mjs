// npm run native-test: GoogleTest only. `-- --fast` leaves out the tests named Slow*.
import { buildNative } from './build/index.mjs'
import { log, main, Problem } from './common/log.mjs'
import { runNativeTests } from './test/native.mjs'

await main(async () => {
  await buildNative({ tests: true })
  const { passed, failed } = await runNativeTests({ fast: process.argv.includes('--fast') })
  log(`${passed} passed, ${failed} failed`)
  if (failed > 0) throw new Problem('GoogleTest found failures.')
})
