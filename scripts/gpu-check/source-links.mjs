// The GoogleTest programs have the folders of their build compiled in, where they find fixtures and models. On another machine
// these names are made to lead to the bundle's copies.
import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import { log } from '../common/log.mjs'
import { root, thirdParty } from '../common/paths.mjs'

export function linkBuildFolders({ sourceFolder, thirdPartyFolder }) {
  link(sourceFolder, root)
  link(thirdPartyFolder, thirdParty)
}

function link(name, target) {
  if (existsSync(name)) return
  try {
    mkdirSync(dirname(name), { recursive: true })
    symlinkSync(target, name)
  } catch (error) {
    log(`  ${name} cannot lead to ${target}: ${error.message}; tests that read files there will fail`)
  }
}
