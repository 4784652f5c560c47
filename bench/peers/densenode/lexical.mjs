import { writeFileSync } from 'node:fs'

import { finish, queriesPerSecond, readJson, task, timed } from '../../harness/trial.mjs'
import { densenode, versions } from './package.mjs'

const { k, k1, b } = task
const queries = readJson(task.queries)
const texts = readJson(task.texts)
const index = await densenode.Bm25Index.create({ k1, b, variant: 'lucene', analyzer: 'whitespace' })
const [buildSeconds] = await timed(() => index.add(texts))

const search = (begin, end) => index.search(queries.slice(begin, end), k)
const speeds = {}
for (const [batch, count] of Object.entries(task.batches)) {
  speeds[batch] = await queriesPerSecond(search, Number(batch), count)
}
const { ids, scores } = await search(0, queries.length)
const known = scores.map((score) => (score === -Infinity ? 0 : score))
writeFileSync(
  task.out,
  Buffer.concat([Buffer.from(Int32Array.from(ids, Number).buffer), Buffer.from(known.buffer)]),
)
finish({
  buildSeconds,
  queriesPerSecond: speeds,
  indexMiB: index.memoryBytes / 2 ** 20,
  versions: versions(),
})
await index.dispose()
