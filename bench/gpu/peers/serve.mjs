// An adapter's side of a session, for Node (harness/session.mjs is the other side): one JSON request a line, one answer a line.
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

export const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'))

/** A file of little-endian fp32 values. */
export function readVectors(file) {
  const bytes = readFileSync(file)
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
}

/** Answers request after request with handlers[request.do](request) until the input ends. */
export async function serve(handlers) {
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line)
    let answer
    try {
      answer = { ok: true, ...(await handlers[request.do](request)) }
    } catch (error) {
      answer = { error: `${error.code ?? ''} ${error.stack}`.trim() }
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`)
  }
}

/** Seconds of each of `runs` calls after `warmUp` calls that do not count. */
export async function timeEach(work, warmUp, runs) {
  for (let i = 0; i < warmUp; i++) await work(i)
  const seconds = []
  for (let i = 0; i < runs; i++) {
    const begin = performance.now()
    await work(i)
    seconds.push((performance.now() - begin) / 1000)
  }
  return seconds
}

/** Calls of work(i) a second: one that does not count, then at least two and for at least half a second. */
export async function rate(work) {
  await work(0)
  const begin = performance.now()
  let calls = 0
  let elapsed = 0
  while (calls < 2 || elapsed < 0.5) {
    await work(calls++)
    elapsed = (performance.now() - begin) / 1000
  }
  return calls / elapsed
}
