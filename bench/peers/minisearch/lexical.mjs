// MiniSearch on texts that are tokens joined by spaces. Its score is BM25+; with d 0 it is Lucene's but for the text's
// length, which it counts in different words.
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

import { finish, installFolder, queriesPerSecond, readJson, task, timed } from '../../harness/trial.mjs'

const SOME = 200
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
// It searches one after another however many there are, and so slowly that a few must do.
const some = queries.slice(0, SOME)
const speed = await queriesPerSecond(async (begin) => searchOne(some[begin]), 1, SOME)
const speeds = Object.fromEntries(Object.keys(task.batches).map((batch) => [batch, speed]))
const ids = new Int32Array(SOME * k).fill(-1)
const scores = new Float32Array(SOME * k)
some.forEach((query, q) => {
  searchOne(query).forEach((hit, rank) => {
    ids[q * k + rank] = hit.id
    scores[q * k + rank] = hit.score
  })
})
writeFileSync(task.out, Buffer.concat([Buffer.from(ids.buffer), Buffer.from(scores.buffer)]))
const { version } = require('./node_modules/minisearch/package.json')
finish({ buildSeconds, queriesPerSecond: speeds, versions: { node: process.version, minisearch: version } })
