// npm run bench: builds and runs the short set, with --full all; other arguments go to the workloads. Peers are installed by
// bench/setup.mjs, once and apart from the product; those that are not there are left out.
import { build } from './build/index.mjs'
import { main } from './common/log.mjs'
import { inRoot } from './common/paths.mjs'
import { run } from './common/run.mjs'

await main(async () => {
  await build({ benchmarks: true })
  await run(process.execPath, [inRoot('bench', 'run.mjs'), ...process.argv.slice(2)], { show: true })
})
