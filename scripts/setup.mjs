// npm run setup: everything that a build needs. `-- --tests` adds what only the tests need, `-- --cuda` what a CUDA build needs.
import { elapsed, log, main } from './common/log.mjs'
import { chosenArchitectures } from './setup/architectures.mjs'
import { setup } from './setup/index.mjs'

await main(async () => {
  const architectures = process.argv.includes('--cuda') ? await chosenArchitectures() : undefined
  await setup({ tests: process.argv.includes('--tests'), architectures })
  log(`Setup is complete (${elapsed()}). Next: npm run build`)
})
