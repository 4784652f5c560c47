import { readFileSync, writeFileSync } from 'node:fs'

import { finish, queriesPerSecond, readVectors, task } from '../../harness/trial.mjs'
import { buildSeconds, index } from './built-index.mjs'
import { versions } from './package.mjs'

const { dimension, k, parameters } = task
const queries = readVectors(task.queries)

const speeds = {}
const found = []
for (const { share, bitmap } of [{ share: 'all' }, ...task.filters]) {
  const filter = bitmap && { bitmap: new Uint8Array(readFileSync(bitmap)) }
  const search = (begin, end) =>
    index.search(queries.subarray(begin * dimension, end * dimension), k, { parameters, filter })
  const { ids } = await search(0, queries.length / dimension)
  if (bitmap) found.push(...ids)
  speeds[share] = {}
  for (const [batch, count] of Object.entries(task.batches)) {
    speeds[share][batch] = await queriesPerSecond(search, Number(batch), count)
  }
}
writeFileSync(task.out, Int32Array.from(found, Number))
finish({ buildSeconds, queriesPerSecond: speeds, versions: versions() })
await index.dispose()
