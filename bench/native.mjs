// The parts of native/ by Google Benchmark, on one thread: tokenizer, kernels of the encoder, pooling, exact search.
// Builds the program where it is missing or old.
//   node bench/native.mjs [--trials 3] [--save]
import { execFileSync } from 'node:child_process'

import { buildNative, localFolder } from '../scripts/build/index.mjs'
import { inRoot } from '../scripts/common/paths.mjs'
import { readOptions } from './harness/options.mjs'
import { describeMachine, digits, percent, printTable, report } from './harness/report.mjs'
import { summarize } from './harness/statistics.mjs'
import { versions } from './peers/densenode/package.mjs'

/** Rates that the programs count, in the order of the table. */
const UNITS = ['GFLOP/s', 'GB/s', 'MB/s', 'tokens/s', 'queries/s']

const options = readOptions({ peers: ['densenode'], trials: 3, count: 1 })
await buildNative({ benchmarks: true })
const machine = describeMachine()
const program = inRoot('build', localFolder(), 'bench', 'native', 'densenode_bench')
const output = execFileSync(
  program,
  [
    `--benchmark_repetitions=${options.trials}`,
    '--benchmark_min_time=0.2',
    '--benchmark_enable_random_interleaving=true',
    '--benchmark_format=json',
  ],
  { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
)

const runs = JSON.parse(output)
  .benchmarks.filter(({ run_type }) => run_type === 'iteration')
  .sort(
    (a, b) => a.family_index - b.family_index || a.per_family_instance_index - b.per_family_instance_index,
  )
const results = {}
for (const run of runs) {
  results[run.run_name] ??= { microseconds: [], rates: {} }
  const result = results[run.run_name]
  if (run.error_occurred) {
    result.skipped = run.error_message
    continue
  }
  result.microseconds.push(run.cpu_time * { ns: 1e-3, us: 1, ms: 1e3, s: 1e6 }[run.time_unit])
  for (const unit of UNITS.filter((name) => name in run)) {
    result.rates[unit] ??= []
    result.rates[unit].push(run[unit])
  }
}
for (const [name, { skipped, microseconds, rates }] of Object.entries(results)) {
  results[name] = skipped
    ? { skipped }
    : {
        microseconds: summarize(microseconds),
        rates: Object.fromEntries(Object.entries(rates).map(([unit, values]) => [unit, summarize(values)])),
      }
}

const rows = Object.entries(results).map(([name, { skipped, microseconds, rates }]) =>
  skipped
    ? [name, skipped, '', ...UNITS.map(() => '')]
    : [
        name,
        digits(microseconds.median),
        percent(microseconds.spread),
        ...UNITS.map((unit) => (rates[unit] ? digits(rates[unit].median) : '')),
      ],
)
printTable(['native, one thread', 'us', 'spread', ...UNITS], rows)
report('native', machine, { trials: options.trials, versions: versions() }, results, options.save)
