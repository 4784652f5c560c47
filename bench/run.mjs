// Every workload with every peer that is installed: a short set of one trial on fewer data, or with --full all of it in three
// trials where that is not too long. --save records each and draws the charts.
//   node bench/run.mjs [--full] [--only embed,search] [--threads N] [--save]
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { parseArgs } from 'node:util'

// Arguments of the short set, and minutes of both on two cores with all peers.
const WORKLOADS = {
  embed: { short: ['--count', '300'], minutes: [1.5, 10] },
  'embed-length': { short: ['--count', '100'], minutes: [1, 10] },
  tokenizer: { short: [], minutes: [0.5, 2] },
  search: { short: ['--count', '20000'], minutes: [1.5, 12] },
  'recall-speed': { short: ['--count', '10000'], minutes: [1.5, 10] },
  filter: { short: ['--count', '10000'], full: ['--trials', '1'], minutes: [0.7, 6] },
  'index-families': { short: null, full: ['--trials', '1'], minutes: [0, 15] },
  recommend: { short: null, full: ['--trials', '1'], minutes: [0, 8] },
  'search-size': {
    short: ['--count', '100000'],
    full: ['--trials', '1', '--count', '10000000'],
    minutes: [1, 25],
  },
  lexical: { short: ['--count', '50000'], minutes: [1, 5] },
  load: { short: [], minutes: [0.2, 0.3] },
  'event-loop': { short: ['--count', '300'], minutes: [0.5, 5] },
  callers: { short: ['--count', '300'], minutes: [0.5, 1] },
  boundary: { short: [], minutes: [0.1, 0.1] },
  native: { short: [], minutes: [0.5, 1] },
}

const { values } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    only: { type: 'string', default: Object.keys(WORKLOADS).join(',') },
    threads: { type: 'string' },
    save: { type: 'boolean', default: false },
  },
})
const { full, save, threads } = values
const only = values.only.split(',')
const unknown = only.find((name) => !(name in WORKLOADS))
if (unknown)
  throw new RangeError(`expected --only out of ${Object.keys(WORKLOADS).join(', ')}, received ${unknown}`)
const passed = [...(threads ? ['--threads', threads] : []), ...(save ? ['--save'] : [])]

const chosen = only.filter((name) => full || WORKLOADS[name].short)
const minutesOf = (name) => WORKLOADS[name].minutes[full ? 1 : 0]
const expected = chosen.reduce((sum, name) => sum + minutesOf(name), 0)
console.log(`${chosen.join(', ')}: about ${Math.ceil(expected)} minutes on two cores`)
for (const name of chosen) {
  const { short, full: more = ['--trials', '3'] } = WORKLOADS[name]
  const set = full ? more : ['--trials', '1', ...short]
  const start = performance.now()
  console.log(`\n> ${name} ${set.join(' ')} (about ${minutesOf(name)} minutes)`)
  run(`${name}.mjs`, ...set, ...passed)
  console.log(`${name}: ${((performance.now() - start) / 60_000).toFixed(1)} minutes`)
}
if (save) run('charts.mjs')

function run(name, ...args) {
  const file = path.join(import.meta.dirname, name)
  const { status } = spawnSync(process.execPath, [file, ...args], { stdio: 'inherit' })
  if (status !== 0) process.exitCode = 1
}
