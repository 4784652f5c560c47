// argv[2] workers that embed with one model, shared (argv[3] = "share") or each with its own ("load"). Prints how much
// anonymous and file-backed memory the process holds, in bytes, as JSON.
const { readFileSync } = require('node:fs')
const { isMainThread, parentPort, Worker, workerData } = require('node:worker_threads')
const { EmbeddingModel } = require('../../..')
const { glosses } = require('./glosses.cjs')

async function parent() {
  const model = await EmbeddingModel.load('all-MiniLM-L6-v2')
  await model.embed(glosses(16))
  const handle = process.argv[3] === 'share' ? model.share() : null
  const workers = Array.from(
    { length: Number(process.argv[2]) },
    () => new Worker(__filename, { workerData: handle }),
  )
  await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('message', resolve))))
  const status = readFileSync('/proc/self/status', 'utf8')
  const bytes = (name) => 1024 * Number(status.match(new RegExp(`${name}:\\s+(\\d+) kB`))[1])
  console.log(
    JSON.stringify({ anonymous: bytes('RssAnon'), file: bytes('RssFile'), weights: model.weightBytes }),
  )
  for (const worker of workers) worker.postMessage('end')
  await model.dispose()
}

async function child() {
  const model = workerData ? EmbeddingModel.attach(workerData) : await EmbeddingModel.load('all-MiniLM-L6-v2')
  await model.embed(glosses(16))
  parentPort.once('message', async () => {
    await model.dispose()
    process.exit()
  })
  parentPort.postMessage('ready')
}

if (isMainThread) parent()
else child()
