// npm run native-test: GoogleTest only. `-- --fast` leaves out the tests named Slow*; `-- --cuda` adds those of the CUDA build.
import { buildNative } from './build/index.mjs'
import { log, main, Problem } from './common/log.mjs'
import { chosenArchitectures } from './setup/architectures.mjs'
import { runNativeTests } from './test/native.mjs'

const fast = process.argv.includes('--fast')

await main(async () => {
  const architectures = process.argv.includes('--cuda') ? await chosenArchitectures() : undefined
  await buildNative({ tests: true, architectures })
  const counts = [await runNativeTests({ fast })]
  if (architectures) counts.push(await runNativeTests({ fast, cuda: true }))
  const sum = (name) => counts.reduce((total, count) => total + count[name], 0)
  log(`${sum('passed')} passed, ${sum('failed')} failed`)
  if (sum('failed') > 0) throw new Problem('GoogleTest found failures.')
})
