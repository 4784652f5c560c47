import { readFileSync, writeFileSync } from 'node:fs'

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

const speeds = {}
const found = []
for (const { share, bitmap } of [{ share: 'all' }, ...task.filters]) {
  const filter = bitmap && { bitmap: new Uint8Array(readFileSync(bitmap)) }
  const search = (begin, end) =>
    index.search(queries.subarray(begin * dimension, end * dimension), k, { parameters, filter })
  speeds[share] = {}
  for (const [batch, count] of Object.entries(task.batches)) {
    speeds[share][batch] = await queriesPerSecond(search, Number(batch), count)
  }
  if (bitmap) found.push(...(await search(0, queries.length / dimension)).ids)
}
writeFileSync(task.out, Int32Array.from(found, Number))
finish({ buildSeconds, queriesPerSecond: speeds, versions: versions() })
await index.dispose()
