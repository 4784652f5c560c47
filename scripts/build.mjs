// npm run build: the addon and lib/. `-- --debug` keeps symbols for profilers and debuggers.
import { build } from './build/index.mjs'
import { elapsed, log, main } from './common/log.mjs'

await main(async () => {
  await build({ debug: process.argv.includes('--debug') })
  log(`Built build/Release/densenode.node and dist/ (${elapsed()}).`)
})
