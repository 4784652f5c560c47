// A program with a time limit, its output in the log; its whole process group ends with it.
import { spawn } from 'node:child_process'

const KEPT = 200_000

/** Resolves to { code, output, seconds, timedOut }; code is null for a program that was killed. Never rejects. */
export function runProgram(context, program, args, { seconds, env, cwd } = {}) {
  const limit = Math.max(1, Math.min(seconds, context.secondsLeft()))
  const begin = performance.now()
  context.write(`\n$ ${program} ${args.join(' ')}   (at most ${limit.toFixed(0)} s)\n`)
  return new Promise((resolve) => {
    let output = ''
    let timedOut = false
    const child = spawn(program, args, {
      cwd,
      env: { ...context.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    const timer = setTimeout(() => {
      timedOut = true
      try {
        process.kill(-child.pid, 'SIGKILL')
      } catch {} // it has just ended
    }, limit * 1000)
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        context.write(text)
        output = (output + text).slice(-KEPT)
      })
    }
    let done = false
    const finish = (code) => {
      if (done) return
      done = true
      clearTimeout(timer)
      const taken = (performance.now() - begin) / 1000
      context.write(`\n[${timedOut ? 'stopped' : `exit code ${code}`} after ${taken.toFixed(1)} s]\n`)
      resolve({ code, output, seconds: taken, timedOut })
    }
    child.on('error', (error) => {
      output += error.message
      finish(127)
    })
    child.on('close', finish)
  })
}
