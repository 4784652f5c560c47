// On a pool of two threads one change of an index runs and others wait, while searches are asked for. Prints what ended, in order.
process.env.DENSENODE_THREADS = '2'
const { VectorIndex, info } = require('densenode')

const DIMENSION = 64
const COUNT = 60_000
const random = (seed) => () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return seed / 2 ** 32 - 0.5
}

async function main() {
  const ends = []
  const ended = (name, promise) => promise.then(() => ends.push(name))
  const index = await VectorIndex.create({ dimension: DIMENSION, metric: 'l2' })
  const vectors = Float32Array.from({ length: COUNT * DIMENSION }, random(7))
  const row = (i) => vectors.subarray(i * DIMENSION, (i + 1) * DIMENSION)
  await index.add(vectors)

  const long = new AbortController()
  // Seconds of k-means, which looks at its signal between two rounds.
  const upgrade = index.upgrade({ factory: 'IVF1024,Flat', signal: long.signal }).then(
    () => ends.push('upgrade'),
    ({ name }) => ends.push(`upgrade: ${name}`),
  )
  const waiting = new AbortController()
  const stopped = index
    .add(row(0), [COUNT + 5], { signal: waiting.signal })
    .catch((reason) => ends.push(`add: ${reason}`))
  const add = ended('add', index.add(row(1), [COUNT + 1]))
  const remove = ended('remove', index.remove([COUNT + 1]))
  for (let i = 0; i < 5; i++) await index.search(row(i), 3)
  ends.push('searches')
  waiting.abort('not needed')
  await stopped
  const disposed = ended('dispose', index.dispose())
  long.abort()
  await Promise.all([upgrade, add, remove, disposed])
  console.log(JSON.stringify({ threads: info().threads, ends }))
}

main()
