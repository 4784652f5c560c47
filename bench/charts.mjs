// Draws a record as docs/charts/*.svg: the newest of a CPU in results/, or the one that is named.
//   node bench/charts.mjs [results/<machine>-<date>.json]
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

import { barChart } from './harness/bar-chart.mjs'
import { resultsFolder } from './harness/machine.mjs'
import { root } from './harness/peers.mjs'
import { digits } from './harness/report.mjs'

const { lineChart } = createRequire(import.meta.url)('../dist/evaluation/line-chart.js')
const FOLDER = path.join(root, 'docs', 'charts')
/** Recalls below are of no use to anyone and would squeeze the rest. */
const LEAST_RECALL = 0.9

const CHARTS = {
  embed,
  'embed-length': embedLength,
  tokenizer,
  search,
  'recall-speed': recallSpeed,
  'search-size': searchSize,
}

const file = process.argv[2] ?? newestRecord()
const record = JSON.parse(readFileSync(file, 'utf8'))
mkdirSync(FOLDER, { recursive: true })
for (const [workload, draw] of Object.entries(CHARTS)) {
  if (!record[workload]) {
    console.log(`left out: ${workload} is not in ${path.basename(file)}`)
    continue
  }
  for (const [name, svg] of Object.entries(draw(record[workload]))) {
    writeFileSync(path.join(FOLDER, `${name}.svg`), svg)
    console.log(`docs/charts/${name}.svg`)
  }
}

function newestRecord() {
  const dated = readdirSync(resultsFolder()).filter((name) => /\d{4}-\d\d-\d\d\.json$/.test(name))
  const dateOf = (name) => name.slice(-'2026-01-01.json'.length)
  const newest = dated.sort((a, b) => dateOf(a).localeCompare(dateOf(b))).at(-1)
  if (!newest) throw new Error('expected a record in bench/results; make one with npm run bench -- --save')
  return path.join(resultsFolder(), newest)
}

function heading(title, { machine, finished, settings }) {
  const trials = settings.trials > 1 ? `, medians of ${settings.trials} trials` : ''
  const threads = settings.threads === 1 ? 'one thread' : `${settings.threads ?? machine.cores} threads`
  return { title, note: `${machine.cpu}, ${threads}, ${finished.slice(0, 10)}${trials}` }
}

/** 60840 as '60,840'. */
function grouped(count) {
  return count.toLocaleString('en')
}

function embed(of) {
  const bars = Object.entries(of.results).map(([peer, { textsPerSecond, dtype, cosine }]) => ({
    name: peer,
    value: textsPerSecond.median,
    text: `${digits(textsPerSecond.median)} (${dtype}, cosine ${cosine.smallest.toFixed(5)})`,
  }))
  const average = of.settings.tokens ? ` of ${Math.round(of.settings.tokens / of.settings.texts)} tokens` : ''
  return { embed: barChart(heading(`Texts${average} embedded a second, all-MiniLM-L6-v2`, of), bars) }
}

function tokenizer(of) {
  const bars = Object.entries(of.results).map(
    ([
      peer,
      {
        megabytesPerSecond: { median },
      },
    ]) => ({
      name: peer,
      value: median,
      text: `${digits(median)} MB/s`,
    }),
  )
  return { tokenizer: barChart(heading('Megabytes of text turned into token ids a second', of), bars) }
}

/** Lines of { x, y, label } by name, from a list of [name, x, y]. */
function lines(list) {
  const series = new Map()
  for (const [name, x, y, note = ''] of list) {
    const points = series.get(name) ?? []
    series.set(name, [...points, { x, y, label: `${name}: ${digits(y)}${note && ` (${note})`}` }])
  }
  return [...series].map(([name, points]) => ({ name, points: points.sort((a, b) => a.x - b.x) }))
}

function embedLength(of) {
  const list = Object.entries(of.results).flatMap(([length, peers]) =>
    Object.entries(peers).map(([peer, { textsPerSecond }]) => [
      peer,
      Number(length),
      textsPerSecond.median,
      `${length} tokens`,
    ]),
  )
  const title = heading('Texts embedded a second by their length', of)
  return { 'embed-length': lineChart(title, { label: 'tokens' }, { label: 'texts a second' }, lines(list)) }
}

function search(of) {
  const { count, dimension } = of.settings
  const charts = Object.entries(of.results).map(([factory, { parameters, build, ...peers }]) => {
    const list = Object.entries(peers).flatMap(([peer, { queriesPerSecond, recall }]) =>
      Object.entries(queriesPerSecond).map(([batch, { median }]) => [
        peer,
        Number(batch),
        median,
        `recall ${recall.toFixed(4)}`,
      ]),
    )
    const index = [factory, ...Object.entries(parameters).flat()].join(' ')
    const title = heading(
      `${index}: queries a second among ${grouped(count)} vectors of ${dimension} dimensions`,
      of,
    )
    const axes = [{ label: 'queries in one call' }, { label: 'queries a second' }]
    return [`search-${family(factory)}`, lineChart(title, ...axes, lines(list))]
  })
  return Object.fromEntries(charts)
}

/** 'IVF1000,Flat' as 'ivf', 'HNSW32' as 'hnsw'. */
function family(factory) {
  return factory.match(/^[A-Za-z]+/)[0].toLowerCase()
}

function recallSpeed(of) {
  const draw = (batch, title) => {
    const list = Object.entries(of.results).flatMap(([factory, peers]) =>
      Object.entries(peers).flatMap(([peer, { points }]) =>
        points
          .filter(({ recall }) => recall >= LEAST_RECALL)
          .map(({ parameters, recall, queriesPerSecond }) => [
            `${peer} ${family(factory).toUpperCase()}`,
            recall,
            queriesPerSecond[batch].median,
            Object.entries(parameters).flat().join(' '),
          ]),
      ),
    )
    const x = { label: `recall@${of.settings.k} against exact search`, end: 1 }
    return lineChart(heading(title, of), x, { label: 'queries a second' }, lines(list))
  }
  const { count, queries } = of.settings
  return {
    'recall-speed-one': draw(1, `Single queries a second by recall, ${grouped(count)} vectors`),
    'recall-speed-batch': draw(
      queries,
      `Queries a second in calls of ${queries} by recall, ${grouped(count)} vectors`,
    ),
  }
}

function searchSize(of) {
  const draw = (title, label, value) => {
    const list = of.results.map((row) => [row.family, row.count, value(row), row.factory])
    return lineChart(heading(title, of), { label: 'vectors' }, { label }, lines(list))
  }
  return {
    'search-size-one': draw(
      'Single queries a second by the number of vectors',
      'queries a second',
      (row) => row.loneQueriesPerSecond,
    ),
    'search-size-batch': draw(
      `Queries a second in calls of ${of.settings.queries} by the number of vectors`,
      'queries a second',
      (row) => row.queriesPerSecond,
    ),
    'search-size-memory': draw(
      'Memory of an index by the number of vectors',
      'MiB',
      (row) => row.memoryBytes / 2 ** 20,
    ),
    'search-size-build': draw(
      'Seconds to build an index by the number of vectors',
      'seconds',
      (row) => row.buildSeconds,
    ),
  }
}
