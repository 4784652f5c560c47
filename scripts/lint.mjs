// npm run lint checks the style; npm run format (--write) mends it.
import { log, main, Problem } from './common/log.mjs'
import { setup } from './setup/index.mjs'
import { runLint } from './test/lint.mjs'

await main(async () => {
  await setup({ tests: true })
  const { failed } = await runLint({ write: process.argv.includes('--write') })
  if (failed > 0) throw new Problem('Run `npm run format`; what it cannot mend is named above.')
  log('The style is right.')
})
