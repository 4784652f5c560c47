// npm run prebuild: the binaries of the platform package, for AVX2 and AVX-512.
import { elapsed, log, main } from './common/log.mjs'
import { prebuild } from './package/prebuild.mjs'

await main(async () => {
  const { binaries } = await prebuild()
  log(`Binaries are in ${binaries} (${elapsed()}).`)
})
