// argv[2] rounds of load, embed, search, dispose. Prints resident memory (bytes) after each round as JSON. Run with --expose-gc.
const { EmbeddingModel, VectorIndex } = require('../../..')
const { glosses } = require('./glosses.cjs')

async function main() {
  const texts = glosses(64)
  const resident = []
  for (let round = 0; round < Number(process.argv[2]); round++) {
    const model = await EmbeddingModel.load('all-MiniLM-L6-v2')
    const index = await VectorIndex.create({ dimension: model.dimension, metric: 'ip' })
    const { data } = await model.embed(texts)
    await index.add(data)
    await index.search(data, 5)
    await model.dispose()
    await index.dispose()
    global.gc()
    await new Promise((resolve) => setImmediate(resolve))
    global.gc()
    resident.push(process.memoryUsage.rss())
  }
  console.log(JSON.stringify(resident))
}
main()
