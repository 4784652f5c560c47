import { createRequire } from 'node:module'
import * as imported from 'densenode'

const required = createRequire(import.meta.url)('densenode')
const names = Object.keys(required)
const different = names.filter((name) => imported[name] !== required[name])
if (names.length === 0 || different.length > 0)
  throw new Error(`not the same objects: ${different.join(', ')}`)
