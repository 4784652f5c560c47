// npm run bench: builds, installs the peers apart from the product, and runs the short set; arguments go to the workloads.
import { build } from './build/index.mjs'
import { main, step } from './common/log.mjs'
import { inRoot } from './common/paths.mjs'
import { run } from './common/run.mjs'

await main(async () => {
  await build()
  await step('Peers', () => run(process.execPath, [inRoot('bench', 'setup.mjs')], { show: true }))
  await run(process.execPath, [inRoot('bench', 'run.mjs'), ...process.argv.slice(2)], { show: true })
})
