// Ends the process in the way that argv[2] names, in the middle of the work that argv[3] names. The parent expects an exit code
// of 3 ("process.exit"), 1 ("throw") or 0 ("return", where the work is finished first), and never a signal.
const { EmbeddingModel, VectorIndex } = require('../../..')
const { glosses } = require('./glosses.cjs')

const random = (n) => Float32Array.from({ length: n }, () => Math.random())

const works = {
  async embed() {
    const model = await EmbeddingModel.load('all-MiniLM-L6-v2')
    return model.embed(glosses(400))
  },
  async load() {
    return EmbeddingModel.load('all-MiniLM-L6-v2')
  },
  async train() {
    const index = await VectorIndex.create({ dimension: 64, metric: 'l2', factory: 'IVF512,Flat' })
    return index.train(random(64 * 40000))
  },
  async search() {
    const index = await VectorIndex.create({ dimension: 128, metric: 'ip' })
    await index.add(random(128 * 30000))
    return index.search(random(128 * 4000), 10)
  },
}

const ways = {
  'process.exit': () => process.exit(3),
  throw: () => {
    throw new Error('on purpose')
  },
  return: () => {},
}

async function main() {
  const [way, work] = process.argv.slice(2)
  // Everything that the work awaits before its last call is done when `started` has run for a while.
  const started = works[work]()
  started.catch(() => {})
  const wait = Number(process.argv[4] ?? 300)
  setTimeout(ways[way], wait)
  await started
  console.log('finished')
}
main()
