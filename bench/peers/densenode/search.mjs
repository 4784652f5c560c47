import { writeFileSync } from 'node:fs'

import { finish, queriesPerSecond, readVectors, task, timed } from '../../harness/trial.mjs'
import { densenode, versions } from './package.mjs'

const { dimension, factory, k, parameters } = task
const base = readVectors(task.base)
const queries = readVectors(task.queries)
const index = await densenode.VectorIndex.create({ dimension, metric: 'ip', factory })
const [buildSeconds] = await timed(async () => {
  if (!index.isTrained) await index.train(base)
  await index.add(base)
})

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
