import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import * as path from 'node:path'
import { Worker } from 'node:worker_threads'

import { EmbeddingModel, LinearAdapter, Retriever, VectorIndex } from 'densenode'

import {
  failure,
  fixtures,
  largestDifference,
  randomVectors,
  references,
  root,
  rowsOf,
  TINY,
} from './support'

const DIMENSION = 16
const documents = randomVectors(200, DIMENSION, 3)
const queries = turned(documents, DIMENSION)
const texts = references('minilm').texts.slice(42, 142)

let folder: string
let adapter: LinearAdapter
let model: EmbeddingModel

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'densenode-adapter-'))
  adapter = await LinearAdapter.train({
    queries,
    documents,
    dimension: DIMENSION,
    epochs: 3,
    model: 'turned',
  })
  model = await EmbeddingModel.load(TINY, { device: 'cpu' })
})
afterAll(async () => {
  await Promise.all([adapter.dispose(), model.dispose()])
  rmSync(folder, { recursive: true })
})

/** Each vector with its values shifted by one place, which a linear map can undo, and noise. */
function turned(vectors: Float32Array, dimension: number): Float32Array {
  const noise = randomVectors(vectors.length / dimension, dimension, 9)
  return vectors.map((_, i) => {
    const row = i - (i % dimension)
    return vectors[row + ((i + 1) % dimension)] + 0.2 * noise[i]
  })
}

function normalized(row: ArrayLike<number>): number[] {
  const length = Math.hypot(...Array.from(row))
  return Array.from(row, (value) => value / length)
}

/** (W x + b) / |W x + b|, by its definition. */
function adapted(by: LinearAdapter, embedding: Float32Array): Float32Array {
  const { weight, bias } = by
  const x = normalized(embedding)
  const y = x.map((_, r) =>
    x.reduce((sum, value, c) => sum + weight[r * x.length + c] * value, bias ? bias[r] : 0),
  )
  return Float32Array.from(normalized(y))
}

/** An adapter for embeddings of the tiny model, far from the identity. */
async function tinyAdapter(dimension = model.dimension): Promise<LinearAdapter> {
  const vectors = randomVectors(64, dimension, 5)
  return LinearAdapter.train({
    queries: vectors,
    documents: turned(vectors, dimension),
    dimension,
    learningRate: 0.05,
  })
}

describe('train', () => {
  test('learns, and says how it went', async () => {
    expect(adapter).toMatchObject({ dimension: DIMENSION, model: 'turned', disposed: false })
    const { losses, validation, bestEpoch } = adapter.history!
    expect(losses).toHaveLength(3)
    expect(losses[2]).toBeLessThan(losses[0])
    expect(validation).toHaveLength(0)
    expect(bestEpoch).toBe(3)
  })

  test('validation chooses the epoch, and the ranks rise', async () => {
    const positives = Array.from({ length: 150 }, (_, i) => i)
    const held = Array.from({ length: 50 }, (_, i) => 150 + i)
    const trained = await LinearAdapter.train({
      queries: queries.subarray(0, 150 * DIMENSION),
      documents,
      positives,
      validation: { queries: queries.subarray(150 * DIMENSION), positives: held },
      dimension: DIMENSION,
      epochs: 40,
      batchSize: 50,
      learningRate: 0.02,
      patience: 3,
    })
    const { validation, bestEpoch, losses } = trained.history!
    expect(validation).toHaveLength(losses.length + 1)
    expect(validation[bestEpoch]).toBe(Math.max(...validation))
    expect(validation[bestEpoch]).toBeGreaterThan(2 * validation[0])
    await trained.dispose()
  })

  test('the same seed gives the same adapter; arrays are read in place, byteOffset honoured', async () => {
    const shifted = new Float32Array(queries.length + 3).subarray(3)
    shifted.set(queries)
    const options = { documents, dimension: DIMENSION, epochs: 2, seed: 2 ** 40, batchSize: 64 }
    const one = await LinearAdapter.train({ queries, ...options })
    const two = await LinearAdapter.train({ queries: shifted, ...options })
    expect(two.weight).toEqual(one.weight)
    expect(two.bias).toEqual(one.bias)
    const other = await LinearAdapter.train({ queries, ...options, seed: 1 })
    expect(other.weight).not.toEqual(one.weight)
    await Promise.all([one.dispose(), two.dispose(), other.dispose()])
  })

  test('takes embeddings, hard negatives as rows and as results, and no bias', async () => {
    const embeddings = await model.embed(texts)
    const index = await VectorIndex.create({ dimension: model.dimension, metric: 'cosine' })
    await index.add(embeddings)
    const negatives = await index.search(embeddings, 2)
    const options = { queries: embeddings, documents: embeddings, epochs: 1, bias: false }
    const one = await LinearAdapter.train({ ...options, negatives })
    const two = await LinearAdapter.train({ ...options, negatives: negatives.ids })
    const without = await LinearAdapter.train(options)
    expect(one.bias).toBeNull()
    expect(one.weight).toEqual(two.weight)
    expect(one.history!.losses[0]).toBeGreaterThan(without.history!.losses[0])
    await Promise.all([one.dispose(), two.dispose(), without.dispose(), index.dispose()])
  })

  test('reports progress, and stops by signal and by a callback that throws', async () => {
    const options = { queries, documents, dimension: DIMENSION, batchSize: 20 }
    const seen: [number, number][] = []
    const done = await LinearAdapter.train({
      ...options,
      epochs: 2,
      onProgress: (n, of) => seen.push([n, of]),
    })
    expect(seen.at(-1)).toEqual([20, 20])
    await done.dispose()
    const controller = new AbortController()
    const stopped = LinearAdapter.train({
      ...options,
      epochs: 1_000_000,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    })
    expect(await failure(() => stopped)).toMatchObject({ name: 'AbortError' })
    const throwing = LinearAdapter.train({
      ...options,
      epochs: 1_000_000,
      onProgress() {
        throw new Error('enough')
      },
    })
    expect((await failure(() => throwing)).message).toBe('enough')
  })

  test.each([
    [{ queries: undefined }, 'option "queries"'],
    [{ queries: new Float32Array(0) }, 'at least one vector'],
    [{ queries: new Float32Array(17) }, 'multiple of the dimension 16'],
    [{ dimension: undefined }, 'option "dimension"'],
    [{ dimension: 0 }, 'option "dimension"'],
    [{ documents: documents.subarray(DIMENSION) }, 'as many rows as there are queries (200)'],
    [{ positives: [1] }, 'as many ids as there are queries (200)'],
    [{ positives: new BigInt64Array(200).fill(200n) }, 'positives[0] must be a row of the 200 documents'],
    [{ negatives: new BigInt64Array(201) }, 'for each of 200 queries'],
    [{ negatives: new BigInt64Array(200).fill(-2n) }, 'or -1 for none'],
    [{ validation: { queries, positives: [0] } }, 'option "validation.positives"'],
    [{ temperature: 0 }, 'option "temperature"'],
    [{ learningRate: -1 }, 'option "learningRate"'],
    [{ learningRate: Number.NaN }, 'option "learningRate"'],
    [{ weightDecay: '1' }, 'option "weightDecay"'],
    [{ epochs: 0 }, 'option "epochs"'],
    [{ batchSize: 1 }, 'option "batchSize"'],
    [{ patience: 0 }, 'option "patience"'],
    [{ bias: 1 }, 'option "bias"'],
    [{ seed: -1 }, 'option "seed"'],
    [{ model: 5 }, 'option "model"'],
    [{ epoch: 5 }, 'Did you mean "epochs"?'],
    [{ queries: Float32Array.from(queries).fill(Number.NaN, 40, 41) }, 'row 2 holds NaN'],
    [{ documents: Float32Array.from(documents).fill(0, 16, 32) }, 'row 1 is all zeros'],
  ])('refuses %j', async (change, message) => {
    const options = { queries, documents, dimension: DIMENSION, ...change } as never
    expect((await failure(() => LinearAdapter.train(options))).message).toContain(message)
  })
})

describe('apply', () => {
  test('equals W x + b, scaled', async () => {
    const rows = rowsOf(await adapter.apply(queries), DIMENSION)
    rowsOf(queries, DIMENSION).forEach((query, i) => {
      expect(largestDifference(rows[i], adapted(adapter, query))).toBeLessThan(1e-5)
    })
  })

  test('writes into out, and in place', async () => {
    const expected = await adapter.apply(queries)
    const out = new Float32Array(queries.length)
    expect(await adapter.apply(queries, { out })).toBe(out)
    expect(out).toEqual(expected)
    const own = Float32Array.from(queries)
    await adapter.apply(own, { out: own })
    expect(own).toEqual(expected)
    expect(await adapter.apply(new Float32Array(0))).toHaveLength(0)
  })

  test('wrong arguments', async () => {
    const message = async (call: () => unknown) => (await failure(call)).message
    expect(await message(() => adapter.apply(new Float32Array(17)))).toContain('multiple of the dimension 16')
    expect(await message(() => adapter.apply([1] as never))).toContain('option "embeddings"')
    expect(await message(() => adapter.apply(queries, { out: new Float32Array(16) }))).toContain(
      'option "out"',
    )
    expect(() => new (LinearAdapter as never as new () => unknown)()).toThrow('LinearAdapter.train')
  })
})

describe('save and load', () => {
  test('the same adapter comes back', async () => {
    const file = path.join(folder, 'adapter.safetensors')
    await adapter.save(file)
    const loaded = await LinearAdapter.load(file)
    expect(loaded).toMatchObject({ dimension: DIMENSION, model: 'turned', history: undefined })
    expect(loaded.weight).toEqual(adapter.weight)
    expect(loaded.bias).toEqual(adapter.bias)
    expect(readdirSync(folder)).toEqual(['adapter.safetensors'])
    await loaded.dispose()
  })

  test("Python's safetensors reads what save() wrote, with the same numbers", async () => {
    const file = path.join(folder, 'python.safetensors')
    await adapter.save(file)
    const program = `
import json, sys
import numpy as np
from safetensors import safe_open
with safe_open(sys.argv[1], framework="numpy") as file:
    names, metadata = sorted(file.keys()), file.metadata()
    weight, bias = file.get_tensor("weight"), file.get_tensor("bias")
x = np.array(json.load(sys.stdin), dtype=np.float64).reshape(-1, weight.shape[1])
x /= np.linalg.norm(x, axis=1, keepdims=True)
y = x @ weight.T + bias
y /= np.linalg.norm(y, axis=1, keepdims=True)
print(json.dumps({"names": names, "metadata": metadata, "shape": weight.shape, "y": y.ravel().tolist()}))
`
    const python = process.env.DENSENODE_PYTHON ?? 'python3'
    const input = JSON.stringify(Array.from(queries))
    const read = JSON.parse(execFileSync(python, ['-c', program, file], { input, encoding: 'utf8' }))
    expect(read.names).toEqual(['bias', 'weight'])
    expect(read.shape).toEqual([DIMENSION, DIMENSION])
    expect(read.metadata).toMatchObject({
      format: 'densenode.linear_adapter',
      format_version: '1',
      dimension: '16',
      model: 'turned',
    })
    expect(largestDifference(await adapter.apply(queries), Float32Array.from(read.y))).toBeLessThan(1e-5)
  })

  test('the state of a torch.nn.Linear loads', async () => {
    const at = path.join(fixtures, 'training')
    const linear = await LinearAdapter.load(path.join(at, 'linear.safetensors'))
    const expected = JSON.parse(readFileSync(path.join(at, 'linear.json'), 'utf8'))
    const applied = await linear.apply(Float32Array.from(expected.embeddings))
    expect(largestDifference(applied, Float32Array.from(expected.adapted))).toBeLessThan(1e-5)
    await linear.dispose()
  })

  test('damaged, foreign and missing files', async () => {
    const file = path.join(folder, 'damaged.safetensors')
    await adapter.save(file)
    const bytes = readFileSync(file)
    bytes[bytes.length - 5] ^= 1
    rmSync(file)
    writeFileSync(file, bytes)
    expect(await failure(() => LinearAdapter.load(file))).toMatchObject({ code: 'FILE_CORRUPT' })
    copyFileSync(path.join(TINY, 'model.safetensors'), `${file}2`)
    expect(await failure(() => LinearAdapter.load(`${file}2`))).toMatchObject({ code: 'MODEL_INVALID' })
    expect(await failure(() => LinearAdapter.load(`${file}3`))).toMatchObject({ code: 'FILE_NOT_FOUND' })
    expect(await failure(() => adapter.save(path.join(folder, 'none', 'file')))).toMatchObject({
      code: 'FILE_WRITE_FAILED',
    })
  })
})

describe('in embed and in a Retriever', () => {
  let own: LinearAdapter
  beforeAll(async () => {
    own = await tinyAdapter()
  })
  afterAll(() => own.dispose())

  test('embed gives W x + b of the embeddings', async () => {
    const plain = await model.embed(texts)
    const mapped = await model.embed(texts, { adapter: own })
    for (let i = 0; i < texts.length; i++)
      expect(largestDifference(mapped.row(i), adapted(own, plain.row(i)))).toBeLessThan(1e-5)
    expect(largestDifference(mapped.row(0), plain.row(0))).toBeGreaterThan(0.01)
    const streamed = []
    for await (const batch of model.embedStream(texts, { adapter: own, batchSize: 30 }))
      streamed.push(...batch.data)
    expect(largestDifference(Float32Array.from(streamed), mapped.data)).toBeLessThan(1e-5)
  })

  test('with a shorter dimension the adapter is for the cut embeddings', async () => {
    const cut = await tinyAdapter(8)
    const plain = await model.embed(texts, { dimension: 8 })
    const mapped = await model.embed(texts, { dimension: 8, adapter: cut })
    for (let i = 0; i < texts.length; i++)
      expect(largestDifference(mapped.row(i), adapted(cut, plain.row(i)))).toBeLessThan(1e-5)
    expect((await failure(() => model.embed('a', { adapter: cut }))).message).toContain(
      'option "adapter": expected an adapter of dimension 32, got dimension 8',
    )
    await cut.dispose()
  })

  test('a Retriever maps queries and not what it adds', async () => {
    const plainIndex = await VectorIndex.create({ dimension: model.dimension, metric: 'cosine' })
    const retriever = new Retriever(model, plainIndex, { queryAdapter: own })
    expect(retriever.queryAdapter).toBe(own)
    await retriever.add(texts, null, { promptText: '' })
    const [embedded] = rowsOf((await model.embed(texts[0], { promptText: '' })).data, model.dimension)
    expect(largestDifference(await plainIndex.reconstruct(0), embedded)).toBeLessThan(1e-5)
    const found = await retriever.search(texts, 5, { promptText: '' })
    const expected = await plainIndex.search(await model.embed(texts, { promptText: '', adapter: own }), 5)
    expect(found.ids).toEqual(expected.ids)
    expect(largestDifference(found.scores, expected.scores)).toBeLessThan(1e-5)
    const without = await new Retriever(model, plainIndex).search(texts, 5, { promptText: '' })
    expect(without.ids).not.toEqual(found.ids)
    await plainIndex.dispose()
  })

  test('wrong adapters', async () => {
    const index = await VectorIndex.create({ dimension: model.dimension, metric: 'cosine' })
    const wrong = (call: () => unknown) => failure(call).then(({ message }) => message)
    expect(await wrong(() => model.embed('a', { adapter: {} as never }))).toContain('a LinearAdapter')
    expect(await wrong(() => model.embed('a', { adapter: own, normalize: false }))).toContain('"normalize"')
    expect(await wrong(() => new Retriever(model, index, { queryAdapter: adapter }))).toContain(
      'dimension 16',
    )
    expect(await wrong(() => new Retriever(model, index, { adapter: own } as never))).toContain('"adapter"')
    const closed = await tinyAdapter()
    const retriever = new Retriever(model, index, { queryAdapter: closed })
    await closed.dispose()
    expect(await wrong(() => model.embed('a', { adapter: closed }))).toContain('disposed LinearAdapter')
    expect(await wrong(() => retriever.search('a', 1))).toContain('disposed LinearAdapter')
    await index.dispose()
  })
})

describe('life', () => {
  test('dispose waits for jobs, and ends the object', async () => {
    const own = await LinearAdapter.train({ queries, documents, dimension: DIMENSION, epochs: 1 })
    const job = own.apply(queries)
    await own.dispose()
    expect(await job).toHaveLength(queries.length)
    expect(own.disposed).toBe(true)
    expect(own.dimension).toBe(DIMENSION)
    expect((await failure(() => own.apply(queries))).message).toBe(
      'densenode: LinearAdapter.apply was called on a disposed LinearAdapter.',
    )
    expect(() => own.weight).toThrow('disposed LinearAdapter')
  })

  test('a worker thread attaches', async () => {
    const code = `
      const { parentPort, workerData } = require('node:worker_threads')
      const { LinearAdapter } = require(workerData.root)
      const adapter = LinearAdapter.attach(workerData.handle)
      adapter.apply(workerData.queries).then((applied) => parentPort.postMessage(applied))`
    const workerData = { root, handle: adapter.share(), queries }
    const worker = new Worker(code, { eval: true, workerData })
    const applied = await new Promise<Float32Array>((resolve, reject) => {
      worker.once('message', resolve).once('error', reject)
    })
    expect(applied).toEqual(await adapter.apply(queries))
    await worker.terminate()
    expect((await failure(() => LinearAdapter.attach(model.share() as never))).message).toContain('"handle"')
  })
})
