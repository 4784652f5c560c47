import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

import { EmbeddingModel, VectorIndex } from 'densenode'

import { randomVectors, root, TINY } from './support'

/** A worker that runs `source` with `densenode`, `workerData` and `parentPort` in scope. */
function worker(source: string, workerData: unknown): Worker {
  const script = `
    const { parentPort, workerData } = require('node:worker_threads')
    const densenode = require(workerData.root)
    ;(async () => { ${source} })().catch((error) => { setImmediate(() => { throw error }) })`
  return new Worker(script, { eval: true, workerData: { root, ...(workerData as object) } })
}

/** Runs a script in a process of its own and returns how it ended. */
function run(source: string) {
  const { status, signal, stderr, stdout } = spawnSync(process.execPath, ['-e', source], {
    encoding: 'utf8',
    timeout: 30_000,
  })
  return { status, signal, stderr, stdout }
}

test('five workers at once give what the main thread gives, from one copy of the model', async () => {
  const model = await EmbeddingModel.load(TINY)
  const texts = Array.from({ length: 50 }, (_, i) => `a text with number ${i}`)
  const expected = (await model.embed(texts)).data
  const source = `
    const model = densenode.EmbeddingModel.attach(workerData.handle)
    for (let round = 0; round < 5; round++) parentPort.postMessage((await model.embed(workerData.texts)).data)
    await model.dispose()`
  const workers = Array.from({ length: 5 }, () => worker(source, { handle: model.share(), texts }))
  const results: Float32Array[] = []
  for (const each of workers) each.on('message', (data: Float32Array) => results.push(data))
  const codes = await Promise.all(workers.map(async (each) => (await once(each, 'exit'))[0] as number))
  expect(codes).toEqual([0, 0, 0, 0, 0])
  expect(results).toHaveLength(25)
  for (const result of results)
    for (let i = 0; i < expected.length; i++)
      expect(Math.abs(result[i] - expected[i])).toBeLessThanOrEqual(1e-5)
  await model.dispose()
})

test('an index is searched from workers while the main thread adds to it', async () => {
  const index = await VectorIndex.create({ dimension: 16, metric: 'l2' })
  const vectors = randomVectors(1_000, 16)
  await index.add(vectors)
  const source = `
    const index = densenode.VectorIndex.attach(workerData.handle)
    let found = 0
    for (let i = 0; i < 200; i++) {
      const results = await index.search(workerData.vectors.subarray(i * 16, i * 16 + 16), 1)
      if (results.hits(0)[0].id === i) found++
    }
    parentPort.postMessage(found)`
  const workers = Array.from({ length: 3 }, () => worker(source, { handle: index.share(), vectors }))
  const answers = workers.map((each) => once(each, 'message'))
  for (let i = 0; i < 20; i++) await index.add(randomVectors(50, 16, 100 + i))
  expect((await Promise.all(answers)).flat()).toEqual([200, 200, 200])
  await Promise.all(workers.map((each) => each.terminate()))
  expect(index.count).toBe(2_000)
  await index.dispose()
})

test('workers ended in the middle of jobs leave the process and the model well', async () => {
  const model = await EmbeddingModel.load(TINY)
  const source = `
    const model = densenode.EmbeddingModel.attach(workerData.handle)
    const texts = Array.from({ length: 20000 }, (_, i) => 'text number ' + i)
    const jobs = [model.embed(texts), model.embed(texts)]
    parentPort.postMessage('busy')
    await Promise.all(jobs)`
  for (let round = 0; round < 5; round++) {
    const busy = worker(source, { handle: model.share() })
    await once(busy, 'message')
    await new Promise((resolve) => setTimeout(resolve, round * 20))
    await busy.terminate()
  }
  expect((await model.embed('still here')).count).toBe(1)
  await model.dispose()
})

test('process.exit in the middle of a job of a worker', () => {
  const ended = run(`
    const { Worker } = require('node:worker_threads')
    const source = \`
      const densenode = require(${JSON.stringify(root)})
      densenode.EmbeddingModel.load(${JSON.stringify(TINY)}).then((model) => {
        model.embed(Array.from({ length: 20000 }, (_, i) => 'text number ' + i))
        require('node:worker_threads').parentPort.postMessage('busy')
      })\`
    new Worker(source, { eval: true }).on('message', () => setTimeout(() => process.exit(7), 50))`)
  expect(ended).toEqual({ status: 7, signal: null, stderr: '', stdout: '' })
})
