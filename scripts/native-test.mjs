// npm run native-test: GoogleTest only, on what native/ holds now.
import { log, main, Problem } from './common/log.mjs'
import { setup } from './setup/index.mjs'
import { runNativeTests } from './test/native.mjs'

await main(async () => {
  const parts = await setup({ tests: true })
  const { passed, failed } = await runNativeTests({ parts, fast: process.argv.includes('--fast') })
  log(`${passed} passed, ${failed} failed`)
  if (failed > 0) throw new Problem('GoogleTest found failures.')
})
