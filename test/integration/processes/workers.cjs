// Worker threads that end in the middle of their jobs, argv[2] of them at once, argv[3] rounds. Prints "survived".
const { isMainThread, parentPort, Worker, workerData } = require('node:worker_threads')
const { EmbeddingModel, Tokenizer, VectorIndex } = require('../../..')
const { glosses } = require('./glosses.cjs')

async function parent() {
  const count = Number(process.argv[2])
  const rounds = Number(process.argv[3])
  const model = await EmbeddingModel.load('all-MiniLM-L6-v2')
  const index = await VectorIndex.create({ dimension: model.dimension, metric: 'ip' })
  const texts = glosses(500)
  await index.add((await model.embed(texts.slice(0, 200))).data)
  for (let round = 0; round < rounds; round++) {
    await Promise.all(
      Array.from({ length: count }, async (_, i) => {
        const how = ['terminate', 'exit', 'throw', 'own', 'finish'][(i + round) % 5]
        const worker = new Worker(__filename, {
          workerData: { how, model: model.share(), index: index.share(), texts },
        })
        worker.on('error', () => {})
        const ended = new Promise((resolve) => worker.on('exit', resolve))
        await new Promise((resolve) => worker.once('message', resolve).once('exit', resolve))
        if (how === 'terminate' || how === 'own') {
          await new Promise((resolve) => setTimeout(resolve, 20 * (round % 4)))
          await worker.terminate()
        }
        await ended
      }),
    )
  }
  // The shared objects still work after all those ends.
  const { data } = await model.embed('still here')
  const result = await index.search(data, 3)
  if (result.hits(0).length !== 3) throw new Error('search after the workers went wrong')
  await model.dispose()
  await index.dispose()
  console.log('survived')
}

async function child() {
  const { how, texts } = workerData
  const model =
    how === 'own' ? await EmbeddingModel.load('all-MiniLM-L6-v2') : EmbeddingModel.attach(workerData.model)
  const index = VectorIndex.attach(workerData.index)
  const folder = require('node:path').join(
    process.env.DENSENODE_CACHE ?? `${require('node:os').homedir()}/.cache/densenode`,
    'third-party/models/all-MiniLM-L6-v2',
  )
  const tokenizer = await Tokenizer.load(folder)
  const jobs = [
    model.embed(texts),
    index.search(new Float32Array(model.dimension * 500).fill(0.05), 10),
    tokenizer.encodeBatch(texts),
  ]
  parentPort.postMessage('busy')
  if (how === 'exit') process.exit(5)
  if (how === 'throw') throw new Error('on purpose')
  await Promise.all(jobs)
}

if (isMainThread) parent()
else child()
