// One model in memory, embedded from several worker threads. Run from a clone after `npm run quickstart`:
//   node examples/worker-threads.mjs [model folder]
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { EmbeddingModel } from 'densenode'

if (isMainThread) {
  const model = await EmbeddingModel.load(process.argv[2] ?? 'all-MiniLM-L6-v2')
  const workers = ['first', 'second', 'third'].map(
    (name) => new Worker(new URL(import.meta.url), { workerData: { name, handle: model.share() } }),
  )
  await Promise.all(
    workers.map((worker) => new Promise((resolve) => worker.on('message', console.log).on('exit', resolve))),
  )
  await model.dispose()
} else {
  const { name, handle } = workerData
  const model = EmbeddingModel.attach(handle) // the same weights, no copy
  const { data } = await model.embed(`hello from the ${name} worker`)
  parentPort.postMessage(`${name}: ${data.length} dimensions, starts with ${data[0].toFixed(4)}`)
  await model.dispose()
}
