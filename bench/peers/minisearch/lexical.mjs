// MiniSearch on texts that are tokens joined by spaces. Its score is BM25+; with d 0 it is Lucene's but for the text's
// length, which it counts in different words.
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

import { finish, installFolder, queriesPerSecond, readJson, task, timed } from '../../harness/trial.mjs'

const require = createRequire(path.join(installFolder, 'package.json'))
const MiniSearch = require('minisearch')
const { k, k1, b } = task
const queries = readJson(task.queries)
const documents = readJson(task.texts).map((text, id) => ({ id, text }))
const index = new MiniSearch({
  fields: ['text'],
  tokenize: (text) => text.split(' '),
  processTerm: (term) => term,
  searchOptions: { bm25: { k: k1, b, d: 0 }, combineWith: 'OR' },
})
const [buildSeconds] = await timed(async () => index.addAll(documents))

const searchOne = (query) => index.search(query).slice(0, k)
const speeds = {}
for (const [batch, count] of Object.entries(task.batches)) {
  speeds[batch] = await queriesPerSecond(
    async (begin, end) => queries.slice(begin, end).map(searchOne),
    Number(batch),
    count,
  )
}
const ids = new Int32Array(queries.length * k).fill(-1)
const scores = new Float32Array(queries.length * k)
queries.forEach((query, q) => {
  searchOne(query).forEach((hit, rank) => {
    ids[q * k + rank] = hit.id
    scores[q * k + rank] = hit.score
  })
})
writeFileSync(task.out, Buffer.concat([Buffer.from(ids.buffer), Buffer.from(scores.buffer)]))
const { version } = require('minisearch/package.json')
finish({ buildSeconds, queriesPerSecond: speeds, versions: { node: process.version, minisearch: version } })
