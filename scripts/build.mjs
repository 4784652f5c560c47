// npm run build: the addon and lib/.
//   npm run build -- --debug    keeps symbols for profilers and debuggers
//   npm run build -- --cuda     the addon with CUDA too, for this machine's GPUs or `--cuda-architectures 80,90`
import { build } from './build/index.mjs'
import { elapsed, log, main } from './common/log.mjs'
import { chosenArchitectures } from './setup/architectures.mjs'

await main(async () => {
  const architectures = process.argv.includes('--cuda') ? await chosenArchitectures() : undefined
  await build({ debug: process.argv.includes('--debug'), architectures })
  const addons = `densenode.node${architectures ? ' and densenode.cuda.node' : ''}`
  log(`Built ${addons} in build/Release, and dist/ (${elapsed()}).`)
})
