// The record of a workload: kept in a file from the first result on, so that a workload that is stopped leaves what it had.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'

import { describeMachine } from '../../harness/machine.mjs'
import { describeGpu } from './gpu.mjs'

/** Returns { data, save(), secondsLeft() }; data is what tables.mjs prints. */
export function openRecord(workload, options, settings) {
  const begin = performance.now()
  const gpu = options.device.startsWith('cuda') ? describeGpu() : null
  const data = {
    workload,
    started: new Date().toISOString(),
    machine: describeMachine(),
    gpu,
    settings: { device: options.device, small: options.small, ...settings },
    results: {},
    problems: [],
    seconds: 0,
    complete: false,
  }
  const save = (complete = false) => {
    data.seconds = (performance.now() - begin) / 1000
    data.complete = complete
    if (!options.out) return
    mkdirSync(path.dirname(path.resolve(options.out)), { recursive: true })
    writeFileSync(`${options.out}.part`, `${JSON.stringify(data, null, 1)}\n`)
    renameSync(`${options.out}.part`, options.out)
  }
  const secondsLeft = () => options.seconds - (performance.now() - begin) / 1000
  return { data, save, secondsLeft }
}
