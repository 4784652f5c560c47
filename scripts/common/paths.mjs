// Where things are: the repository and the cache that third-party parts live in.
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = resolve(fileURLToPath(import.meta.url), '../../..')
export const cache = resolve(process.env.DENSENODE_CACHE || join(homedir(), '.cache', 'densenode'))
export const thirdParty = join(cache, 'third-party')
export const pins = join(root, 'scripts', 'third-party')

export const inRoot = (...parts) => join(root, ...parts)
export const inThirdParty = (...parts) => join(thirdParty, ...parts)
/** The Python of the cache: pip for downloads, and the oracles of the tests. */
export const python = inThirdParty('python', 'bin', 'python')
/** The model that the quickstart, the tests and the benchmarks use. */
export const modelFolder = inThirdParty('models', 'all-MiniLM-L6-v2')
