// The built package, loaded as its users do.
import { createRequire } from 'node:module'

export const densenode = createRequire(import.meta.url)('../../..')

export function versions() {
  const { version, build, ...rest } = densenode.info()
  const { path, onnxruntimePath, ...built } = build // where they lie is the machine's own business
  return { node: process.version, densenode: version, info: { ...rest, build: built } }
}
