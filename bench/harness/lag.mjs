// How late the event loop runs its timers while work is under way.
import { quantile } from './statistics.mjs'

const PERIOD_MS = 2

/**
 * Lag in ms that a callback would have suffered when due at any time during work(). A timer ticks every
 * PERIOD_MS; a tick that comes L ms late stands for those that were due meanwhile and were L - PERIOD_MS,
 * L - 2 PERIOD_MS, ... late: without them one block of a second would count as one sample among hundreds of
 * good ones.
 */
export async function measureLag(work) {
  const lags = []
  const record = (late) => {
    lags.push(Math.max(0, late))
    for (let lag = late - PERIOD_MS; lag > 0; lag -= PERIOD_MS) lags.push(lag)
  }
  let due = performance.now() + PERIOD_MS
  let timer
  const tick = () => {
    const now = performance.now()
    record(now - due)
    due = now + PERIOD_MS
    timer = setTimeout(tick, PERIOD_MS)
  }
  timer = setTimeout(tick, PERIOD_MS)
  const start = performance.now()
  await work()
  const seconds = (performance.now() - start) / 1000
  clearTimeout(timer)
  // A block that lasted to the end has not been seen by the timer.
  record(performance.now() - due)
  const at = (q) => quantile(lags, q)
  return { seconds, ticks: lags.length, p50: at(0.5), p99: at(0.99), max: at(1) }
}
