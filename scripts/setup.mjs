// npm run setup: everything that a build needs. `-- --tests` adds what only the tests need.
import { elapsed, log, main } from './common/log.mjs'
import { setup } from './setup/index.mjs'

await main(async () => {
  await setup({ tests: process.argv.includes('--tests') })
  log(`Setup is complete (${elapsed()}). Next: npm run build`)
})
