import { writeFileSync } from 'node:fs'

import { finish, queriesPerSecond, readVectors, task } from '../../harness/trial.mjs'
import { buildSeconds, index } from './built-index.mjs'
import { versions } from './package.mjs'

const { dimension, k, sweep, batches, variant } = task
const method = variant === 'sync' ? 'searchSync' : 'search'
const queries = readVectors(task.queries)

const speeds = []
const found = []
for (const parameters of sweep) {
  const search = (begin, end) =>
    index[method](queries.subarray(begin * dimension, end * dimension), k, { parameters })
  found.push(...(await search(0, queries.length / dimension)).ids)
  const speed = {}
  for (const [batch, count] of Object.entries(batches))
    speed[batch] = await queriesPerSecond(search, Number(batch), count)
  speeds.push(speed)
}
writeFileSync(task.out, Int32Array.from(found, Number))
finish({ buildSeconds, queriesPerSecond: speeds, versions: versions() })
await index.dispose()
