import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import * as path from 'node:path'
import { Worker } from 'node:worker_threads'

import {
  EmbeddingModel,
  type EmbeddingModelOptions,
  type EmbedOptions,
  type IndexDevice,
  Retriever,
  VectorIndex,
} from 'densenode'

import {
  failure,
  fixtures,
  largestDifference,
  MINILM,
  type ReferenceSet,
  references,
  root,
  TINY,
} from '../integration/support'
import { cosine, DEVICE, DEVICES, describeOnGpu, deviceMemoryMiB } from './support'

// The first use of a device loads libraries of gigabytes.
jest.setTimeout(300_000)

const minilm = references('minilm')
const device = DEVICE as EmbeddingModelOptions['device']
const DTYPES = [
  ['fp16', { leastCosine: 0.999, tolerance: 5e-3 }],
  ['fp32', { leastCosine: 0.9999, tolerance: 1e-5 }],
] as const

/** Whole numbers below `end`, the same for the same seed (mulberry32). */
function randomBelow(seed: number): (end: number) => number {
  let state = seed >>> 0
  return (end) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) % end
  }
}

function expectLike(rows: Iterable<Float32Array>, reference: ReferenceSet, leastCosine: number) {
  const cosines = [...rows].map((row, i) => cosine(row, reference.rows[i]))
  expect(cosines).toHaveLength(reference.rows.length)
  expect(Math.min(...cosines)).toBeGreaterThanOrEqual(leastCosine)
}

describe.each(DTYPES)('%s', (dtype, { leastCosine, tolerance }) => {
  describeOnGpu('EmbeddingModel on a GPU', () => {
    let model: EmbeddingModel
    const texts = minilm.texts.slice(0, 200)
    beforeAll(async () => {
      model = await EmbeddingModel.load(MINILM, { device, dtype })
    })
    afterAll(() => model.dispose())

    test('says where it is and in what type', () => {
      expect(model).toMatchObject({ device: DEVICE, dtype, dimension: 384, architecture: 'BertModel' })
      expect(model.weightBytes).toBeGreaterThan(dtype === 'fp16' ? 40e6 : 80e6)
      expect(model.weightBytes).toBeLessThan(dtype === 'fp16' ? 60e6 : 100e6)
    })

    test('equals sentence-transformers on 1,000 texts', async () => {
      const embeddings = await model.embed(minilm.texts)
      expectLike(embeddings, minilm.set('embeddings'), leastCosine)
      expect([...embeddings.tokenCounts]).toEqual(minilm.manifest.tokenCounts)
      for (const row of embeddings) expect(Math.hypot(...row)).toBeCloseTo(1, 5)
    })

    const variant = async (name: string, load: EmbeddingModelOptions, embed: EmbedOptions) => {
      const other = await EmbeddingModel.load(MINILM, { ...load, device, dtype })
      const reference = minilm.set(name)
      const embeddings = await other.embed(reference.texts, embed)
      await other.dispose()
      expectLike(embeddings, reference, leastCosine)
      const ratios = reference.rows.map((row, i) => Math.hypot(...embeddings.row(i)) / Math.hypot(...row))
      expect(Math.max(...ratios.map((ratio) => Math.abs(ratio - 1)))).toBeLessThan(1e-2)
    }
    test.each(['cls', 'mean', 'max', 'mean_sqrt_len', 'last_token'] as const)('pooling %s', (pooling) =>
      variant(`pooling_${pooling}`, { pooling, normalize: false }, {}),
    )
    test.each(['prompt_query', 'prompt_passage'])('%s', (name) =>
      variant(name, {}, { promptText: minilm.set(name).settings.promptText! }),
    )
    test('dimension', () => variant('dimension_128', {}, { dimension: 128 }))
    test('maxTokens', () => variant('max_tokens_16', { maxTokens: 16 }, {}))

    test('single equals batched, in any order', async () => {
      const batched = await model.embed(texts)
      const backward = await model.embed([...texts].reverse())
      for (let i = 0; i < texts.length; i++)
        expect(largestDifference(batched.row(i), backward.row(texts.length - 1 - i))).toBeLessThanOrEqual(
          tolerance,
        )
      for (let i = 0; i < texts.length; i += 7) {
        const single = await model.embed(texts[i])
        expect(largestDifference(single.data, batched.row(i))).toBeLessThanOrEqual(tolerance)
      }
    })

    test('random lengths and batch sizes', async () => {
      const seed = Date.now() & 0xffffff
      console.log(`seed ${seed}`)
      const below = randomBelow(seed)
      const many = Array.from({ length: 500 }, () =>
        'wind and rain '.repeat(below(8) ? below(12) : below(120)),
      )
      const expected = await model.embed(many)
      for (const maxBatchTokens of [1 + below(50), 50 + below(1000), 1000 + below(100_000)]) {
        const other = await EmbeddingModel.load(MINILM, { device, dtype, maxBatchTokens })
        const { data } = await other.embed(many)
        await other.dispose()
        expect(largestDifference(data, expected.data)).toBeLessThanOrEqual(tolerance)
      }
    })

    test('long, empty and strange texts', async () => {
      const strange = ['wind '.repeat(100_000), '', ' ', '\ud800', '\0', '漢字 🎉']
      const embeddings = await model.embed(strange)
      expect(embeddings.tokenCounts[0]).toBe(256)
      expect(embeddings.data.every(Number.isFinite)).toBe(true)
      expect(await model.embed([])).toMatchObject({ count: 0 })
    })

    test('out is written in place and nothing around it', async () => {
      const memory = new Float32Array(4 * 384).fill(-7)
      const out = memory.subarray(384, 3 * 384)
      const embeddings = await model.embed(['a red apple', 'a green pear'], { out })
      expect(embeddings.data).toBe(out)
      expect(Math.hypot(...out.subarray(384))).toBeCloseTo(1, 5)
      expect(memory.subarray(0, 384).every((value) => value === -7)).toBe(true)
      expect(memory.subarray(3 * 384).every((value) => value === -7)).toBe(true)
    })

    test('progress ends at the number of texts', async () => {
      const seen: number[] = []
      await model.embed(minilm.texts, { onProgress: (done) => seen.push(done) })
      expect(seen.at(-1)).toBe(minilm.texts.length)
    })

    test('an abort stops the work, and the model goes on', async () => {
      const controller = new AbortController()
      const small = await EmbeddingModel.load(MINILM, { device, dtype, maxBatchTokens: 1000 })
      const error = await failure(() =>
        small.embed(
          Array.from({ length: 100_000 }, (_, i) => texts[i % texts.length]),
          { signal: controller.signal, onProgress: () => controller.abort(new Error('changed my mind')) },
        ),
      )
      expect(error.message).toBe('changed my mind')
      expect((await small.embed('still works')).count).toBe(1)
      await small.dispose()
    })

    test('dispose waits for what is at work', async () => {
      const own = await EmbeddingModel.load(MINILM, { device, dtype })
      const working = own.embed(minilm.texts)
      await Promise.all([working, own.dispose()])
      expectLike(await working, minilm.set('embeddings'), leastCosine)
    })
  })
})

describeOnGpu('EmbeddingModel on a GPU, whatever the type', () => {
  test('auto takes the GPU and fp16', async () => {
    const model = await EmbeddingModel.load(TINY)
    expect(model).toMatchObject({ dtype: 'fp16' })
    expect(model.device).toMatch(/^cuda:\d+$/)
    await model.dispose()
  })

  test.each(['bf16', 'int8'] as const)('%s is refused by name', async (dtype) => {
    const error = await failure(() => EmbeddingModel.load(TINY, { device, dtype }))
    expect(error).toMatchObject({ code: 'MODEL_UNSUPPORTED' })
    expect(error.message).toContain(dtype)
  })

  test('an array of one device is that device', async () => {
    await using model = await EmbeddingModel.load(TINY, {
      device: [DEVICE] as EmbeddingModelOptions['device'],
    })
    expect(model).toMatchObject({ device: DEVICE, devices: [DEVICE] })
  })

  test('a replica on a device that is not there', async () => {
    const devices = [DEVICE, 'cuda:99'] as EmbeddingModelOptions['device']
    const error = await failure(() => EmbeddingModel.load(TINY, { device: devices }))
    expect(error).toMatchObject({ code: 'DEVICE_UNAVAILABLE' })
    expect(error.message).toContain('cuda:99')
  })

  test('the CPU and a GPU are not for one model', async () => {
    const devices = ['cpu', DEVICE] as EmbeddingModelOptions['device']
    expect(await failure(() => EmbeddingModel.load(TINY, { device: devices }))).toBeInstanceOf(RangeError)
  })

  const withTwo = DEVICES.length > 1 ? test : test.skip
  withTwo('replicas on all GPUs give what one gives', async () => {
    await using one = await EmbeddingModel.load(MINILM, { device })
    await using all = await EmbeddingModel.load(MINILM, {
      device: DEVICES as EmbeddingModelOptions['device'],
      maxBatchTokens: 1000,
    })
    expect(all).toMatchObject({ devices: DEVICES, device: DEVICES.join(','), dtype: 'fp16' })
    expect(all.weightBytes).toBe(DEVICES.length * one.weightBytes)
    const expected = await one.embed(minilm.texts)
    const results = await Promise.all([1, 2, 3].map(() => all.embed(minilm.texts)))
    for (const { data } of results) expect(largestDifference(data, expected.data)).toBeLessThanOrEqual(5e-3)
    await using index = await VectorIndex.create({ dimension: 384, metric: 'ip', device: 'cuda' })
    const retriever = new Retriever(all, index)
    await retriever.add(minilm.texts.slice(42, 142))
    expect((await retriever.search(minilm.texts[50], 1)).hits(0)[0].id).toBe(8)
  })

  test('a device that is not there', async () => {
    const error = await failure(() => EmbeddingModel.load(TINY, { device: 'cuda:99' }))
    expect(error).toMatchObject({ code: 'DEVICE_UNAVAILABLE' })
    expect(error.message).toContain('cuda:99')
  })

  test('an exported .onnx file gives what the CPU gives', async () => {
    const file = path.join(fixtures, '..', 'native', 'encoder', 'data', 'tokens.onnx')
    const folder = mkdtempSync(path.join(tmpdir(), 'densenode-onnx-'))
    cpSync(path.join(fixtures, 'models', 'tiny-bert-mean'), folder, { recursive: true })
    rmSync(path.join(folder, 'model.safetensors'))
    cpSync(file, path.join(folder, 'model.onnx'))
    try {
      const [cpu, gpu] = await Promise.all(
        (['cpu', device] as const).map((where) => EmbeddingModel.load(folder, { device: where })),
      )
      expect(gpu).toMatchObject({ device: DEVICE, dtype: 'fp32', architecture: 'onnx' })
      const texts = minilm.texts.slice(0, 50)
      const [a, b] = await Promise.all([cpu.embed(texts), gpu.embed(texts)])
      for (let i = 0; i < texts.length; i++) expect(cosine(a.row(i), b.row(i))).toBeGreaterThan(0.9999)

      // Such a model writes to host memory, also for an index on its device.
      await using index = await VectorIndex.create({
        dimension: gpu.dimension,
        metric: 'cosine',
        device: DEVICE as IndexDevice,
      })
      await using retriever = new Retriever(gpu, index)
      await retriever.add(texts)
      expect((await retriever.search(texts.slice(0, 5), 1)).scores.every((score) => score > 0.999)).toBe(true)
      await Promise.all([cpu.dispose(), gpu.dispose()])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('workers share one model and may end in the middle', async () => {
    const model = await EmbeddingModel.load(MINILM, { device })
    const script = `
      const { parentPort, workerData } = require('node:worker_threads')
      const { EmbeddingModel } = require(workerData.root)
      const model = EmbeddingModel.attach(workerData.model)
      const jobs = Promise.all(Array.from({ length: 4 }, () => model.embed(workerData.texts)))
      parentPort.postMessage('busy')
      jobs.then((results) => parentPort.postMessage(results[3].data))`
    const texts = minilm.texts.slice(0, 300)
    const expected = await model.embed(texts)
    await Promise.all(
      Array.from({ length: 8 }, async (_, i) => {
        const worker = new Worker(script, { eval: true, workerData: { root, model: model.share(), texts } })
        const ended = new Promise((resolve) => worker.once('exit', resolve))
        await new Promise((resolve, reject) => {
          worker.once('error', reject)
          worker.on('message', (message: 'busy' | Float32Array) => {
            if (message === 'busy' && i % 2 === 0) return
            if (message !== 'busy')
              expect(largestDifference(message, expected.data)).toBeLessThanOrEqual(5e-3)
            resolve(undefined)
          })
        })
        await worker.terminate()
        await ended
      }),
    )
    expect(largestDifference((await model.embed(texts)).data, expected.data)).toBeLessThanOrEqual(5e-3)
    await model.dispose()
  })

  test('200 rounds of load, embed and dispose leave device memory as it was', async () => {
    const round = async (source: string, count: number) => {
      for (let i = 0; i < count; i++) {
        const model = await EmbeddingModel.load(source, { device, dtype: i % 2 ? 'fp32' : 'fp16' })
        await model.embed(minilm.texts.slice(0, 20 + (i % 60)))
        await model.dispose()
      }
    }
    // CUDA keeps the kernels that it once loaded: all shapes of the test go first.
    await round(TINY, 60)
    await round(MINILM, 4)
    const before = deviceMemoryMiB()
    await round(TINY, 190)
    await round(MINILM, 10)
    expect(deviceMemoryMiB() - before).toBeLessThanOrEqual(32)
  })
})
