import { writeFileSync } from 'node:fs'

import { finish, queriesPerSecond, readVectors, task } from '../../harness/trial.mjs'
import { buildSeconds, index } from './built-index.mjs'
import { versions } from './package.mjs'

const { dimension, k, parameters } = task
const queries = readVectors(task.queries)

const search = (begin, end) =>
  index.search(queries.subarray(begin * dimension, end * dimension), k, { parameters })
const speeds = {}
for (const [batch, count] of Object.entries(task.batches)) {
  speeds[batch] = await queriesPerSecond(search, Number(batch), count)
}
const { ids } = await search(0, queries.length / dimension)
writeFileSync(task.out, Int32Array.from(ids, Number))
finish({ buildSeconds, queriesPerSecond: speeds, versions: versions() })
await index.dispose()
