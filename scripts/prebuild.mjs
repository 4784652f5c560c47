// npm run prebuilds: the binaries of the platform package, for AVX2 and AVX-512. `-- --cuda` adds the one with CUDA.
import { elapsed, log, main } from './common/log.mjs'
import { prebuild } from './package/prebuild.mjs'
import { releaseArchitectures } from './setup/architectures.mjs'

await main(async () => {
  const { binaries } = await prebuild({ architectures: releaseArchitectures() })
  log(`Binaries are in ${binaries} (${elapsed()}).`)
})
