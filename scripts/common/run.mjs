// Child processes: shown or captured, with retries for what goes over the network.
import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { log, Problem } from './log.mjs'

const TAIL_LINES = 30

/**
 * Runs a program without a shell. Its output is shown ('inherit'), or kept and given to onLine.
 * Resolves to { code, output }; output is empty for 'inherit'.
 */
export function start(program, args, { cwd, env, show = false, onLine } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
    })
    let output = ''
    let line = ''
    const take = (chunk) => {
      output += chunk
      line += chunk
      const lines = line.split(/\r?\n/)
      line = lines.pop()
      if (onLine) for (const complete of lines) onLine(complete)
    }
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', take)
    child.on('error', (error) => resolve({ code: 127, output: error.message }))
    child.on('close', (code, signal) => resolve({ code: signal ? 128 : code, output }))
  })
}

/** Runs a program that must succeed; resolves to its output. */
export async function run(program, args, options = {}) {
  const { code, output } = await start(program, args, options)
  if (code === 0) return output
  const tail = output.trimEnd().split('\n').slice(-TAIL_LINES).join('\n')
  throw new Problem(`${program} ${args.join(' ')}\nfailed with exit code ${code}.${tail ? `\n${tail}` : ''}`)
}

/** Like run, for commands that use the network: three tries, with a longer pause after each. */
export async function runOnline(program, args, options = {}) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run(program, args, options)
    } catch (error) {
      if (attempt === 3) throw error
      log(`  ${program} failed (attempt ${attempt} of 3), trying again in ${attempt * 5} s`)
      await sleep(attempt * 5000)
    }
  }
}
