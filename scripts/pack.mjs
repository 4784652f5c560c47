// npm run pack:all: both packages with the binaries for AVX2 and AVX-512, tried out in an empty project. `-- --cuda` adds the
// package for GPUs, for all architectures or `--cuda-architectures 80,90`.
import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { elapsed, log, main, Problem, step } from './common/log.mjs'
import { inRoot, root } from './common/paths.mjs'
import { run } from './common/run.mjs'
import { pack } from './package/pack.mjs'
import { ISAS, prebuild } from './package/prebuild.mjs'
import { tryPackages } from './package/try.mjs'
import { releaseArchitectures } from './setup/architectures.mjs'

await main(async () => {
  const { binaries, parts, libraries } = await prebuild({ architectures: releaseArchitectures() })
  rmSync(inRoot('dist'), { recursive: true, force: true })
  await run('npm', ['run', '--silent', 'build:lib'], { cwd: root })
  const named = Object.fromEntries(
    ISAS.map((isa) => [`densenode.${isa}.node`, join(binaries, `densenode.${isa}.node`)]),
  )
  const cuda = libraries.cuda && {
    addon: join(binaries, 'densenode.cuda.node'),
    libraries: libraries.cuda,
  }
  const tarballs = await step('Tarballs', () =>
    pack(inRoot('build', 'packages'), named, libraries[ISAS[0]], parts, { cuda }),
  )
  const { passed, failed } = await step('Trying them in an empty project', () =>
    tryPackages(tarballs.filter((file) => !/-cuda-[^/]*$/.test(file))),
  )
  for (const file of tarballs) log(`${file} (${(statSync(file).size / 1e6).toFixed(1)} MB)`)
  if (failed > 0)
    throw new Problem(`The packages do not work: ${failed} of ${passed + failed} checks failed.`)
  log(`Packed (${elapsed()}).`)
})
