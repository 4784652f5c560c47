import { Bm25Index, EmbeddingModel, Retriever, Tokenizer, VectorIndex } from 'densenode'

import { failure, randomVectors, TINY } from './support'

/* Every method on an open, a busy and a disposed object. */

const DIMENSION = 32
const vectors = randomVectors(4_000, DIMENSION)
const texts = Array.from({ length: 400 }, (_, i) => `text number ${i} of a job that takes a while`)

interface Case {
  make(): Promise<Thing>
  /** A job that is still running when the call returns. */
  job(thing: never): Promise<unknown>
  methods: Record<string, (thing: never) => unknown>
  /** What stays readable after dispose(). */
  properties: string[]
}

interface Thing {
  readonly disposed: boolean
  dispose(): Promise<void>
  [Symbol.dispose](): void
  [Symbol.asyncDispose](): Promise<void>
}

async function makeIndex(): Promise<VectorIndex> {
  const index = await VectorIndex.create({ dimension: DIMENSION, metric: 'l2', factory: 'IVF32,Flat' })
  await index.train(vectors)
  await index.add(vectors)
  return index
}

const cases: Record<string, Case> = {
  Tokenizer: {
    make: () => Tokenizer.load(TINY),
    job: (tokenizer: Tokenizer) => tokenizer.encodeBatch(texts),
    methods: {
      encode: (tokenizer: Tokenizer) => tokenizer.encode('a'),
      encodeBatch: (tokenizer: Tokenizer) => tokenizer.encodeBatch(['a']),
      decode: (tokenizer: Tokenizer) => tokenizer.decode([5, 6]),
    },
    properties: ['vocabSize'],
  },
  EmbeddingModel: {
    make: () => EmbeddingModel.load(TINY),
    job: (model: EmbeddingModel) => model.embed(texts),
    methods: {
      embed: (model: EmbeddingModel) => model.embed('a'),
      embedStream: (model: EmbeddingModel) => model.embedStream(['a']).next(),
      embedSync: async (model: EmbeddingModel) => model.embedSync('a'),
      share: (model: EmbeddingModel) => model.share(),
    },
    properties: [
      'dimension',
      'maxTokens',
      'pooling',
      'normalize',
      'device',
      'devices',
      'dtype',
      'prompts',
      'architecture',
      'tasks',
      'needsTask',
      'similarity',
    ],
  },
  VectorIndex: {
    make: makeIndex,
    job: (index: VectorIndex) => index.search(vectors, 10, { parameters: { nprobe: 32 } }),
    methods: {
      train: (index: VectorIndex) => index.train(vectors).catch(refusedByEngine),
      add: (index: VectorIndex) => index.add(vectors.subarray(0, DIMENSION)),
      remove: (index: VectorIndex) => index.remove([3]),
      search: (index: VectorIndex) => index.search(vectors.subarray(0, DIMENSION), 2),
      reconstruct: (index: VectorIndex) => index.reconstruct(1),
      save: (index: VectorIndex) => index.save('/dev/null/none').catch(refusedByEngine),
      share: (index: VectorIndex) => index.share(),
      count: (index: VectorIndex) => index.count,
      isTrained: (index: VectorIndex) => index.isTrained,
      memoryBytes: (index: VectorIndex) => index.memoryBytes,
    },
    properties: ['dimension', 'metric', 'factory'],
  },
  Bm25Index: {
    make: async () => {
      const index = await Bm25Index.create({ analyzer: 'plain' })
      await index.add(texts)
      return index
    },
    job: (index: Bm25Index) => index.search(texts, 400),
    methods: {
      add: (index: Bm25Index) => index.add('a'),
      remove: (index: Bm25Index) => index.remove([3]),
      search: (index: Bm25Index) => index.search('number', 2),
      analyze: (index: Bm25Index) => index.analyze('a text'),
      save: (index: Bm25Index) => index.save('/dev/null/none').catch(refusedByEngine),
      share: (index: Bm25Index) => index.share(),
      count: (index: Bm25Index) => index.count,
      memoryBytes: (index: Bm25Index) => index.memoryBytes,
    },
    properties: ['variant', 'k1', 'b', 'delta'],
  },
  Retriever: {
    make: async () => new Retriever(await EmbeddingModel.load(TINY), await makeIndex()),
    job: (retriever: Retriever) => retriever.search(texts, 10),
    methods: { search: (retriever: Retriever) => retriever.search('a', 1) },
    properties: ['model', 'index'],
  },
}

/** The call was allowed; that the engine or the file system says no is fine here. A TypeError is not. */
function refusedByEngine(error: Error): void {
  if (error instanceof TypeError) throw error
}

describe.each(Object.entries(cases))('%s', (name, { make, job, methods, properties }) => {
  test('open: every method works', async () => {
    const thing = (await make()) as never
    for (const call of Object.values(methods)) await call(thing)
    await (thing as Thing).dispose()
  })

  test('busy: every method works beside a job', async () => {
    const thing = (await make()) as never
    for (const call of Object.values(methods)) await Promise.all([job(thing), call(thing), job(thing)])
    await (thing as Thing).dispose()
  })

  test('closed: every method is a TypeError that names it', async () => {
    const thing = await make()
    await thing.dispose()
    expect(thing.disposed).toBe(true)
    for (const [method, call] of Object.entries(methods)) {
      const error = await failure(() => call(thing as never))
      expect(error).toBeInstanceOf(TypeError)
      expect(error.message).toBe(`densenode: ${name}.${method} was called on a disposed ${name}.`)
    }
    for (const property of properties) expect((thing as never)[property]).toBeDefined()
  })

  test('dispose waits for jobs in flight, refuses new ones, and is idempotent', async () => {
    const thing = await make()
    let ended = 0
    const jobs = [job(thing as never), job(thing as never)].map((each) => each.then(() => ended++))
    const disposal = thing.dispose()
    expect(thing.dispose()).toBe(disposal)
    await expect(job(thing as never)).rejects.toThrow(TypeError)
    await disposal
    expect(ended).toBe(2)
    await Promise.all(jobs)
    await thing[Symbol.asyncDispose]()
    thing[Symbol.dispose]()
  })
})

test('a retriever keeps its model and index open while it searches', async () => {
  const model = await EmbeddingModel.load(TINY)
  const index = await makeIndex()
  const search = new Retriever(model, index).search(texts, 5)
  const disposals = Promise.all([model.dispose(), index.dispose()])
  expect((await search).count).toBe(texts.length)
  await disposals
})

test('a model whose last object is gone cannot be attached', async () => {
  const model = await EmbeddingModel.load(TINY)
  const handle = model.share()
  const second = EmbeddingModel.attach(handle)
  await model.dispose()
  const third = EmbeddingModel.attach(handle)
  expect((await third.embed('a')).dimension).toBe(DIMENSION)
  await Promise.all([second.dispose(), third.dispose()])
  const error = await failure(() => EmbeddingModel.attach(handle))
  expect(error).toMatchObject({ name: 'DensenodeError', code: 'DISPOSED' })
})

test('an index attached twice is one index', async () => {
  const index = await VectorIndex.create({ dimension: 2, metric: 'l2' })
  const other = VectorIndex.attach(index.share())
  await other.add(new Float32Array([1, 2]))
  expect(index.count).toBe(1)
  await other.dispose()
  expect((await index.search(new Float32Array([1, 2]), 1)).hits(0)).toEqual([{ id: 0, score: 0 }])
  await index.dispose()
})
