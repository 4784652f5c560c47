#!/usr/bin/env node
// Called by prebuildify in the place of node-gyp: builds the addon with cmake-js into build/Release of the current folder.
// DENSENODE_PREBUILD says for what (scripts/package/prebuild.mjs); prebuildify's arguments are for node-gyp and mean nothing here.
import { resolve } from 'node:path'
import { main } from '../common/log.mjs'
import { buildAddon } from './addon.mjs'

await main(async () => {
  const { isa, parts, cuda } = JSON.parse(process.env.DENSENODE_PREBUILD)
  await buildAddon({
    isa,
    parts,
    output: resolve('build', 'Release'),
    folder: cuda ? 'cmake-release-cuda' : `cmake-${isa}`,
    strip: true,
    cuda,
  })
})
