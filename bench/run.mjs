// Every workload with every peer that is installed: a short set of one trial on fewer data, or with --full all of it in three
// trials. Other arguments go to each; --save also draws the charts.
//   node bench/run.mjs [--full] [--only embed,search] [--threads N] [--save]
import { spawnSync } from 'node:child_process'
import path from 'node:path'

// Arguments of the short set, and minutes of both on two cores with all peers.
const WORKLOADS = {
  embed: { short: ['--count', '300'], minutes: [1.5, 13] },
  'embed-length': { short: ['--count', '100'], minutes: [0.5, 5] },
  tokenizer: { short: [], minutes: [0.5, 2] },
  search: { short: ['--count', '20000'], minutes: [2, 15] },
  'recall-speed': { short: ['--count', '20000'], minutes: [1.5, 12] },
  filter: { short: null, minutes: [0, 15] },
  'index-families': { short: null, full: ['--trials', '1'], minutes: [0, 15] },
  recommend: { short: null, full: ['--trials', '1'], minutes: [0, 8] },
  'search-size': { short: ['--count', '100000'], minutes: [1, 20] },
  lexical: { short: ['--count', '50000'], minutes: [1, 5] },
  'event-loop': { short: ['--count', '300'], minutes: [0.5, 5] },
  boundary: { short: [], minutes: [0.1, 0.1] },
  native: { short: [], minutes: [0.5, 1] },
}

const given = process.argv.slice(2)
const full = given.includes('--full')
const at = given.indexOf('--only')
const only = at >= 0 ? given[at + 1].split(',') : Object.keys(WORKLOADS)
const unknown = only.find((name) => !(name in WORKLOADS))
if (unknown)
  throw new RangeError(`expected --only out of ${Object.keys(WORKLOADS).join(', ')}, received ${unknown}`)
const passed = given.filter((word, i) => word !== '--full' && (at < 0 || (i !== at && i !== at + 1)))

const chosen = only.filter((name) => full || WORKLOADS[name].short)
const expected = chosen.reduce((sum, name) => sum + WORKLOADS[name].minutes[full ? 1 : 0], 0)
console.log(`${chosen.join(', ')}: about ${Math.ceil(expected)} minutes on two cores`)
for (const name of chosen) {
  const { short, full: more = ['--trials', '3'] } = WORKLOADS[name]
  const set = full ? more : ['--trials', '1', ...short]
  const start = performance.now()
  console.log(`\n> ${name} ${set.join(' ')}`)
  run(`${name}.mjs`, ...set, ...passed)
  console.log(`${name}: ${((performance.now() - start) / 60_000).toFixed(1)} minutes`)
}
if (passed.includes('--save')) run('charts.mjs')

function run(name, ...args) {
  const file = path.join(import.meta.dirname, name)
  const { status } = spawnSync(process.execPath, [file, ...args], { stdio: 'inherit' })
  if (status !== 0) process.exitCode = 1
}
