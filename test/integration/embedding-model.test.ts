import { cpSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import * as path from 'node:path'

import {
  cosineSimilarity,
  type Dtype,
  EmbeddingModel,
  type EmbeddingModelOptions,
  type EmbedOptions,
  info,
} from 'densenode'
import { scratchFolder } from '../scratch-folder'
import { failure, fixtures, largestDifference, MINILM, type ReferenceSet, references, TINY } from './support'

// A machine that builds something else at the same time may take minutes for the 1,000 texts.
jest.setTimeout(300_000)

let model: EmbeddingModel
const minilm = references('minilm')

beforeAll(async () => {
  model = await EmbeddingModel.load(MINILM, { dtype: 'fp32' })
})
afterAll(() => model.dispose())

/** The lowest cosine to the reference, over all rows. */
function lowestCosine(rows: Iterable<Float32Array>, reference: ReferenceSet): number {
  return Math.min(...[...rows].map((row, i) => cosineSimilarity(row, reference.rows[i])))
}

test('properties of all-MiniLM-L6-v2', () => {
  expect(model).toMatchObject({
    dimension: 384,
    maxTokens: 256,
    pooling: 'mean',
    normalize: true,
    device: 'cpu',
    dtype: 'fp32',
    architecture: 'BertModel',
    disposed: false,
  })
  expect(model.weightBytes).toBeGreaterThan(80e6)
})

describe('against sentence-transformers', () => {
  test('1,000 real and special texts: lowest cosine 0.9999, token counts equal, vectors of length 1', async () => {
    const embeddings = await model.embed(minilm.texts)
    expect(embeddings.count).toBe(1000)
    expect(lowestCosine(embeddings, minilm.set('embeddings'))).toBeGreaterThanOrEqual(0.9999)
    expect([...embeddings.tokenCounts]).toEqual(minilm.manifest.tokenCounts)
    for (const row of embeddings) expect(Math.hypot(...row)).toBeCloseTo(1, 5)
  })

  const variant = async (name: string, load: EmbeddingModelOptions, embed: EmbedOptions) => {
    const other = await EmbeddingModel.load(MINILM, { dtype: 'fp32', ...load })
    const reference = minilm.set(name)
    const embeddings = await other.embed(reference.texts, embed)
    await other.dispose()
    expect(embeddings.dimension).toBe(reference.rows[0].length)
    const lengths = reference.rows.map((row, i) => Math.hypot(...embeddings.row(i)) / Math.hypot(...row))
    expect(Math.max(...lengths.map((ratio) => Math.abs(ratio - 1)))).toBeLessThan(1e-3)
    expect(lowestCosine(embeddings, reference)).toBeGreaterThanOrEqual(0.9999)
  }

  test.each(['cls', 'mean', 'max', 'mean_sqrt_len', 'last_token'] as const)('pooling %s', (pooling) =>
    variant(`pooling_${pooling}`, { pooling, normalize: false }, {}),
  )
  test.each(['query', 'passage'])('prompt %s', (name) =>
    variant(`prompt_${name}`, {}, { promptText: minilm.set(`prompt_${name}`).settings.promptText! }),
  )
  test('dimension 128', () => variant('dimension_128', {}, { dimension: 128 }))
  test('maxTokens 16', () => variant('max_tokens_16', { maxTokens: 16 }, {}))

  test.each(['mean', 'cls', 'current', 'dense'])('folder tiny-bert-%s', async (name) => {
    const tiny = await EmbeddingModel.load(path.join(fixtures, 'models', `tiny-bert-${name}`), {
      dtype: 'fp32',
    })
    const reference = references(`models/tiny-bert-${name}/reference`)
    for (const set of Object.keys(reference.manifest.sets)) {
      const { rows, texts, settings } = reference.set(set)
      // The set "embeddings" has the model's own default prompt, where it has one.
      const options = set === 'embeddings' ? {} : { prompt: settings.prompt! }
      const embeddings = await tiny.embed(texts, options)
      expect(embeddings.dimension).toBe(rows[0].length)
      expect(lowestCosine(embeddings, reference.set(set))).toBeGreaterThanOrEqual(0.9999)
    }
    await tiny.dispose()
  })
})

test('int8: a quarter of the weights, cosine 0.99 to fp32', async () => {
  await using small = await EmbeddingModel.load(MINILM, { device: 'cpu', dtype: 'int8' })
  expect(small).toMatchObject({ dtype: 'int8', dimension: 384, architecture: 'BertModel' })
  expect(small.weightBytes).toBeLessThan(model.weightBytes * 0.27)
  const texts = minilm.texts.slice(0, 100)
  const [embeddings, exact] = [await small.embed(texts), await model.embed(texts)]
  const cosines = texts.map((_, i) => cosineSimilarity(embeddings.row(i), exact.row(i)))
  expect(Math.min(...cosines)).toBeGreaterThanOrEqual(0.99)
})

describe('bf16 and 8 bits', () => {
  const load = (dtype: Dtype = 'bf16') => EmbeddingModel.load(MINILM, { device: 'cpu', dtype })
  const has = info().cpu.avx512Bf16 && info().build?.instructionSet === 'avx512'

  if (!has) {
    test('is refused with what the CPU lacks', async () => {
      const error = await failure(() => load())
      expect(error).toMatchObject({ code: 'MODEL_UNSUPPORTED' })
      expect(error.message).toMatch(/AVX512-BF16.*"fp32"/)
    })
    test('auto is fp32', () => EmbeddingModel.load(MINILM).then((own) => expect(own.dtype).toBe('fp32')))
    return
  }

  test('auto takes both; 1,000 texts: cosine to sentence-transformers 0.999, to fp32 0.9995', async () => {
    const fast = await EmbeddingModel.load(MINILM, { device: 'cpu' })
    expect(fast).toMatchObject({ dtype: 'int8-bf16', dimension: 384, architecture: 'BertModel' })
    expect(fast.weightBytes).toBeLessThan(model.weightBytes * 0.5)
    const [embeddings, exact] = [await fast.embed(minilm.texts), await model.embed(minilm.texts)]
    expect(lowestCosine(embeddings, minilm.set('embeddings'))).toBeGreaterThanOrEqual(0.999)
    const cosines = minilm.texts.map((_, i) => cosineSimilarity(embeddings.row(i), exact.row(i)))
    expect(Math.min(...cosines)).toBeGreaterThanOrEqual(0.9995)
    expect([...embeddings.tokenCounts]).toEqual(minilm.manifest.tokenCounts)
    await fast.dispose()
  })

  test.each(['bf16', 'int8-bf16'] as const)(
    '%s: the same to the last bit alone, in a batch, in another order',
    async (dtype) => {
      const fast = await load(dtype)
      const texts = minilm.texts.slice(0, 200)
      const forward = await fast.embed(texts)
      const backward = await fast.embed([...texts].reverse())
      for (const i of [0, 3, 40, 60, 120, 199]) {
        expect((await fast.embed(texts[i])).data).toEqual(forward.row(i))
        expect(backward.row(199 - i)).toEqual(forward.row(i))
      }
      await fast.dispose()
    },
  )
})

describe('a result does not depend on what else is in the call', () => {
  const texts = minilm.texts.slice(0, 200)

  test('single equals batched', async () => {
    const batched = await model.embed(texts)
    for (const i of [0, 3, 40, 60, 120, 199]) {
      const single = await model.embed(texts[i])
      expect(single.count).toBe(1)
      expect(largestDifference(single.data, batched.row(i))).toBeLessThanOrEqual(1e-5)
    }
  })

  test('order does not matter', async () => {
    const forward = await model.embed(texts)
    const backward = await model.embed([...texts].reverse())
    for (let i = 0; i < texts.length; i++)
      expect(largestDifference(forward.row(i), backward.row(texts.length - 1 - i))).toBeLessThanOrEqual(1e-5)
  })

  test('calls at the same time do not mix', async () => {
    const expected = await model.embed(texts)
    const slices = Array.from({ length: 20 }, (_, i) => texts.slice(i * 10, i * 10 + 10))
    const results = await Promise.all(slices.map((slice) => model.embed(slice)))
    results.forEach((result, s) => {
      for (let i = 0; i < 10; i++)
        expect(largestDifference(result.row(i), expected.row(s * 10 + i))).toBeLessThanOrEqual(1e-5)
    })
  })
})

describe('texts', () => {
  test('none at all', async () => {
    const embeddings = await model.embed([])
    expect(embeddings).toMatchObject({ count: 0, dimension: 384 })
    expect(embeddings.data).toHaveLength(0)
  })

  test('a lone surrogate is U+FFFD', async () => {
    const [lone, replaced] = await model.embed(['before \ud800 after', 'before \ufffd after'])
    expect(largestDifference(lone, replaced)).toBeLessThanOrEqual(1e-5)
  })

  test('a text longer than the model is cut', async () => {
    const { tokenCounts, data } = await model.embed('wind '.repeat(100_000))
    expect([...tokenCounts]).toEqual([256])
    expect(data.every(Number.isFinite)).toBe(true)
  })

  test('what is not a string is named before any work', async () => {
    const error = await failure(() => model.embed(['a', 5] as never))
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toContain('option "texts[1]": expected a string, got 5 (number)')
  })
})

describe('out', () => {
  test('is written in place, byteOffset honoured, nothing around it touched', async () => {
    const memory = new Float32Array(3 * 384).fill(-7)
    const out = memory.subarray(384, 2 * 384)
    const embeddings = await model.embed('a red apple', { out })
    expect(embeddings.data).toBe(out)
    expect(largestDifference(out, (await model.embed('a red apple')).data)).toBeLessThanOrEqual(1e-5)
    expect(memory.subarray(0, 384).every((value) => value === -7)).toBe(true)
    expect(memory.subarray(2 * 384).every((value) => value === -7)).toBe(true)
    out[0] = 42
    expect(memory[384]).toBe(42)
    expect(embeddings.row(0)[0]).toBe(42)
  })

  test.each([383, 385, 0])('of %d values is refused', async (length) => {
    const error = await failure(() => model.embed('a', { out: new Float32Array(length) }))
    expect(error).toBeInstanceOf(RangeError)
    expect(error.message).toContain(
      `option "out": expected a Float32Array of exactly 384 values (1 texts x dimension 384), got Float32Array(${length})`,
    )
  })

  test('of another type or in shared memory is refused', async () => {
    expect(await failure(() => model.embed('a', { out: new Float64Array(384) as never }))).toBeInstanceOf(
      TypeError,
    )
    const shared = new Float32Array(new SharedArrayBuffer(4 * 384))
    expect((await failure(() => model.embed('a', { out: shared }))).message).toContain('SharedArrayBuffer')
  })
})

describe('options', () => {
  test('promptText is put before every text', async () => {
    const prompted = await model.embed(['apple', 'pear'], { promptText: 'fruit: ' })
    const plain = await model.embed(['fruit: apple', 'fruit: pear'])
    expect(largestDifference(prompted.data, plain.data)).toBeLessThanOrEqual(1e-5)
  })

  test('a prompt that the model does not have', async () => {
    expect((await failure(() => model.embed('a', { prompt: 'query' }))).message).toContain(
      'defines no prompts',
    )
    const tiny = await EmbeddingModel.load(TINY)
    const error = await failure(() => tiny.embed('a', { prompt: 'document' }))
    expect(error).toBeInstanceOf(RangeError)
    expect(error.message).toContain('one of the model\'s prompts, "query", got "document"')
    await tiny.dispose()
  })

  test.each([0, 385, 1.5])('dimension %d is out of range', async (dimension) => {
    const error = await failure(() => model.embed('a', { dimension }))
    expect(error).toBeInstanceOf(RangeError)
    expect(error.message).toContain('option "dimension": expected an integer from 1 to 384')
  })
})

describe('progress', () => {
  test('goes up to the number of texts', async () => {
    const seen: number[] = []
    await model.embed(minilm.texts.slice(0, 300), {
      onProgress: (done, total) => {
        expect(total).toBe(300)
        seen.push(done)
      },
    })
    expect(seen.length).toBeGreaterThan(1)
    expect(seen.at(-1)).toBe(300)
    expect([...seen].sort((a, b) => a - b)).toEqual(seen)
  })

  test('what it throws stops the work and rejects', async () => {
    const mistake = new Error('in my callback')
    let calls = 0
    const error = await failure(() =>
      model.embed(minilm.texts, {
        onProgress: () => {
          calls++
          throw mistake
        },
      }),
    )
    expect(error).toBe(mistake)
    expect(calls).toBe(1)
  })
})

describe('abort', () => {
  test('before the call', async () => {
    expect(await failure(() => model.embed('a', { signal: AbortSignal.abort() }))).toMatchObject({
      name: 'AbortError',
    })
  })

  test('in the middle of the work: soon, with the reason', async () => {
    const controller = new AbortController()
    const texts = Array.from({ length: 50_000 }, (_, i) => minilm.texts[i % 1000])
    let done = 0
    const error = await failure(() =>
      model.embed(texts, {
        signal: controller.signal,
        onProgress: (count) => {
          done = count
          controller.abort(new Error('changed my mind'))
        },
      }),
    )
    expect(error.message).toBe('changed my mind')
    expect(done).toBeLessThan(5_000)
    expect((await model.embed('still works')).count).toBe(1)
  })
})

describe('embedStream', () => {
  test('gives what embed gives, in order', async () => {
    const texts = minilm.texts.slice(0, 300)
    const expected = await model.embed(texts)
    async function* source() {
      yield* texts
    }
    let at = 0
    const counts: number[] = []
    for await (const batch of model.embedStream(source(), { batchSize: 64 })) {
      counts.push(batch.count)
      for (const row of batch) expect(largestDifference(row, expected.row(at++))).toBeLessThanOrEqual(1e-5)
    }
    expect(counts).toEqual([64, 64, 64, 64, 44])
    expect(at).toBe(300)
  })

  test('leaving early leaves nothing at work', async () => {
    const own = await EmbeddingModel.load(MINILM)
    function* endless() {
      for (;;) yield 'the same text again'
    }
    for await (const batch of own.embedStream(endless(), { batchSize: 32 })) {
      expect(batch.count).toBe(32)
      break
    }
    await own.dispose()
  })

  test('misuse throws at the call', () => {
    expect(() => model.embedStream('text')).toThrow(TypeError)
    expect(() => model.embedStream([], { batchSize: 0 })).toThrow(RangeError)
    expect(() => model.embedStream([], { batchsize: 5 } as never)).toThrow('Did you mean "batchSize"?')
  })
})

describe('broken model folders', () => {
  const scratch = scratchFolder('model')
  let copies = 0
  const broken = (damage: (folder: string) => void) => {
    const folder = path.join(scratch, `${copies++}`)
    cpSync(TINY, folder, { recursive: true })
    damage(folder)
    return failure(() => EmbeddingModel.load(folder))
  }
  const write = (file: string, text: string) => (folder: string) =>
    writeFileSync(path.join(folder, file), text)

  test.each([
    [
      'no config.json',
      (folder: string) => rmSync(path.join(folder, 'config.json')),
      /FILE_NOT_FOUND|MODEL_INVALID/,
    ],
    [
      'no tokenizer.json',
      (folder: string) => rmSync(path.join(folder, 'tokenizer.json')),
      /FILE_NOT_FOUND|INVALID/,
    ],
    ['config.json that is not JSON', write('config.json', '{'), /MODEL_INVALID/],
    ['tokenizer.json that is not JSON', write('tokenizer.json', '[1,'), /_INVALID/],
    [
      'an unknown architecture',
      write('config.json', '{"architectures":["MambaModel"],"model_type":"mamba"}'),
      /MODEL_UNSUPPORTED/,
    ],
    ['an empty safetensors', write('model.safetensors', ''), /FILE_CORRUPT|MODEL_INVALID/],
    [
      'a cut safetensors',
      (folder: string) => truncateSync(path.join(folder, 'model.safetensors'), 20_000),
      /FILE_CORRUPT|MODEL_INVALID/,
    ],
    [
      'a header length of 2^63',
      write('model.safetensors', `${'\0'.repeat(7)}\x7f{}`),
      /FILE_CORRUPT|MODEL_INVALID/,
    ],
  ])('%s', async (_name, damage, code) => {
    const error = await broken(damage)
    expect(error.name).toBe('DensenodeError')
    expect(error.code).toMatch(code)
    expect(error.stack).toContain('load')
  })
})
