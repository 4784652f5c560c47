// The built package, loaded as its users do.
import { createRequire } from 'node:module'

export const densenode = createRequire(import.meta.url)('../../..')

export function versions() {
  const { version, ...rest } = densenode.info()
  return { node: process.version, densenode: version, info: rest }
}
