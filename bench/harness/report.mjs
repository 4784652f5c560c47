// Tables for people and JSON files for comparison.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

import { describeMachine, machineName, resultsFolder } from './machine.mjs'

/** Prints rows (arrays of strings) under `header`, columns aligned; all but the first column to the right. */
export function printTable(header, rows) {
  const widths = header.map((_, column) => Math.max(...[header, ...rows].map((row) => row[column].length)))
  const line = (row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('  ')
      .trimEnd()
  console.log(
    [line(header), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n'),
  )
}

/** Four significant digits without an exponent: 1234, 123.4, 0.1234. */
export function digits(value) {
  return value >= 1000 ? value.toFixed(0) : value.toPrecision(4)
}

export const percent = (share) => (share === null ? '-' : `${(100 * share).toFixed(1)} %`)

/** How many times larger `value` is than `base`. */
export const ratio = (value, base) => (base === undefined ? '' : `${(value / base).toFixed(2)}x`)

/**
 * The record of one workload: its settings and results with the machine and the time. With `save` it joins
 * bench/results/<machine>-<date>.json, one key per workload.
 */
export function report(workload, machine, settings, results, save) {
  const record = {
    finished: new Date().toISOString(),
    machine,
    loadAverageAfter: os.loadavg(),
    settings,
    results,
  }
  console.log(
    `\n${machine.cpu}, ${machine.cores} cores (${machine.flags.join(' ')}), Node ${machine.node}; load average ` +
      `${machine.loadAverageBefore[0].toFixed(2)} before, ${os.loadavg()[0].toFixed(2)} after (1 minute)`,
  )
  if (!save) return console.log('not recorded: pass --save')
  const file = recordFile(machine)
  mkdirSync(resultsFolder(), { recursive: true })
  const all = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
  writeFileSync(file, `${JSON.stringify({ ...all, [workload]: record }, null, 1)}\n`)
  console.log(`recorded in ${path.relative(process.cwd(), file)}`)
}

/** Results of a workload that were recorded today at this commit, to be joined by more; none without `save`. */
export function recorded(workload, machine, save) {
  const file = recordFile(machine)
  const before = save && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8'))[workload] : undefined
  return before?.machine.commit === machine.commit ? before.results : []
}

function recordFile(machine) {
  return path.join(resultsFolder(), `${machineName(machine)}-${new Date().toISOString().slice(0, 10)}.json`)
}

export { describeMachine }
