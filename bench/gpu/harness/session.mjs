// Peers that stay loaded: one process each, asked in turns. A model is loaded once, and rounds alternate on the same GPU.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'

import { python as installedPython, root } from '../../harness/peers.mjs'

const peersFolder = path.join(import.meta.dirname, '..', 'peers')
/** The benchmarks' own Python where it is installed, else the system's. */
export const python = existsSync(installedPython) ? installedPython : 'python3'

/**
 * Starts peers/<peer>/<workload>. ask({ do: 'name', ... }) resolves to the answer, one request at a time, and rejects when
 * the peer says that it failed (error.answered: it is still there), ends, or does not answer in time; close() lets it end and kills it if it does not.
 */
export function openPeer(peer, workload) {
  const [program, ...args] = commandOf(peer, workload)
  const env = { ...process.env, HF_HUB_OFFLINE: '1', TOKENIZERS_PARALLELISM: 'true', PYTHONUNBUFFERED: '1' }
  const child = spawn(program, args, { cwd: root, env, stdio: ['pipe', 'pipe', 'pipe'] })
  let errors = ''
  let waiting
  /** The last line first: it is what a traceback comes to. */
  const report = () => `${errors.trim().split('\n').at(-1)}\n${errors.trim()}`
  const settle = (how, value) => {
    const current = waiting
    waiting = undefined
    current?.[how](value)
  }
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors = (errors + text).slice(-2000)
  })
  child.stdin.on('error', () => {}) // it has ended; 'close' tells
  createInterface({ input: child.stdout }).on('line', (line) => {
    const answer = parseAnswer(line)
    if (!answer) return // something that a library printed
    if (answer.error)
      settle('reject', Object.assign(new Error(`${peer}: ${answer.error}`), { answered: true }))
    else settle('resolve', answer)
  })
  child.on('error', (error) => {
    errors += error.message // no such program
  })
  const ended = new Promise((resolve) => child.on('close', resolve))
  ended.then((code) => settle('reject', new Error(`${peer} ended with ${code}: ${report()}`)))

  const ask = (request, seconds) =>
    new Promise((resolve, reject) => {
      if (child.exitCode !== null || child.signalCode !== null)
        return reject(new Error(`${peer} has ended: ${report()}`))
      const timer = setTimeout(() => {
        child.kill('SIGKILL')
        settle('reject', new Error(`${peer}: no answer to "${request.do}" in ${seconds.toFixed(0)} s`))
      }, seconds * 1000)
      const finish = (done) => (value) => {
        clearTimeout(timer)
        done(value)
      }
      waiting = { resolve: finish(resolve), reject: finish(reject) }
      child.stdin.write(`${JSON.stringify(request)}\n`)
    })
  const close = async () => {
    child.stdin.end()
    const timer = setTimeout(() => child.kill('SIGKILL'), 5000)
    await ended
    clearTimeout(timer)
  }
  return { peer, ask, close }
}

function commandOf(peer, workload) {
  // FAISS's peer is compiled with the tests of the CUDA build; the GPU check knows where it is.
  if (peer === 'faiss') return [process.env.DENSENODE_BENCH_FAISS ?? 'densenode_bench_faiss']
  const file = ['mjs', 'py']
    .map((ending) => path.join(peersFolder, peer, `${workload}.${ending}`))
    .find(existsSync)
  return [file.endsWith('.py') ? python : process.execPath, file]
}

function parseAnswer(line) {
  if (!line.startsWith('{"')) return undefined
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
