// The folders of node_modules that a package needs at run time.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Paths below root (node_modules/...) of the package and everything that it depends on, as Node would find them. */
export function closure(root, name) {
  const found = new Set()
  visit(root, name, join(root, 'node_modules'), found)
  return [...found].map((folder) => folder.slice(root.length + 1)).sort()
}

function visit(root, name, modules, found) {
  const folder = lookUp(root, name, modules)
  if (!folder || found.has(folder)) return
  found.add(folder)
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const wanted = { ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.peerDependencies }
  for (const dependency of Object.keys(wanted)) visit(root, dependency, join(folder, 'node_modules'), found)
}

/** In this node_modules, else in those above. Optional ones may be missing. */
function lookUp(root, name, modules) {
  for (
    let place = modules;
    place.length > root.length;
    place = join(dirname(dirname(place)), 'node_modules')
  ) {
    if (existsSync(join(place, name, 'package.json'))) return join(place, name)
    if (place === join(root, 'node_modules')) return undefined
  }
  return undefined
}
