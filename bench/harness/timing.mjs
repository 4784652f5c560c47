// Durations and rates.

/** Awaits work() and returns [seconds, its value, CPU seconds of all threads]. */
export async function timed(work) {
  const cpuStart = process.cpuUsage()
  const start = performance.now()
  const value = await work()
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(cpuStart)
  return [seconds, value, (user + system) / 1e6]
}

/**
 * Queries per second of `count` queries in calls of `batch`; search(begin, end) makes one call. All are asked once
 * before: V8 compiles what is called hundreds of times.
 */
export async function queriesPerSecond(search, batch, count) {
  const ask = async () => {
    for (let begin = 0; begin < count; begin += batch) await search(begin, Math.min(begin + batch, count))
  }
  await ask()
  const [seconds] = await timed(ask)
  return count / seconds
}
