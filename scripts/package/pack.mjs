// Packs the packages into tarballs.
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { inRoot } from '../common/paths.mjs'
import { run } from '../common/run.mjs'
import { stageCuda, stageMain, stagePlatform } from './stage.mjs'

/**
 * Writes the tarballs of densenode and @densenode/linux-x64 into folder, and with cuda ({ addon, libraries }, see stageCuda) that
 * of @densenode/linux-x64-cuda; returns their paths. See stagePlatform for the rest.
 */
export async function pack(folder, binaries, libraries, parts, { cuda } = {}) {
  rmSync(folder, { recursive: true, force: true })
  const stages = ['densenode', 'linux-x64', ...(cuda ? ['linux-x64-cuda'] : [])].map((name) =>
    join(folder, 'stage', name),
  )
  mkdirSync(folder, { recursive: true })
  stageMain(stages[0])
  stagePlatform(stages[1], binaries, libraries, parts)
  if (cuda) stageCuda(stages[2], cuda.addon, cuda.libraries, parts)
  for (const stage of stages) {
    await run('npm', ['pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder], {
      cwd: stage,
    })
  }
  rmSync(join(folder, 'stage'), { recursive: true })
  return readdirSync(folder).map((name) => join(folder, name))
}

/** The addon that `npm run build` made, under the name that the platform package gives it. */
export const localBinaries = (isa) => ({
  [`densenode.${isa}.node`]: inRoot('build', 'Release', 'densenode.node'),
})
