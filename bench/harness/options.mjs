// Command line of every workload.
import os from 'node:os'
import { parseArgs } from 'node:util'

const number = (text, name) => {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1)
    throw new RangeError(`expected a whole number for --${name}, received ${text}`)
  return value
}

/** { peers, trials, threads, count, families, save }; `defaults` gives peers (all known), trials, count and, where
 * they are not all cores, threads. */
export function readOptions(defaults) {
  const { values } = parseArgs({
    options: {
      peers: { type: 'string', default: defaults.peers.join(',') },
      trials: { type: 'string', default: String(defaults.trials) },
      threads: { type: 'string', default: String(defaults.threads ?? os.availableParallelism()) },
      count: { type: 'string', default: String(defaults.count) },
      families: { type: 'string', default: '' },
      save: { type: 'boolean', default: false },
    },
  })
  const peers = values.peers.split(',')
  const unknown = peers.find((peer) => !defaults.peers.includes(peer))
  if (unknown)
    throw new RangeError(`expected --peers out of ${defaults.peers.join(', ')}, received ${unknown}`)
  return {
    peers,
    trials: number(values.trials, 'trials'),
    threads: number(values.threads, 'threads'),
    count: number(values.count, 'count'),
    families: values.families,
    save: values.save,
  }
}
