import { spawnSync } from 'node:child_process'
import * as path from 'node:path'

import * as densenode from 'densenode'

const NAMES = [
  'BinaryIndex',
  'Bm25Index',
  'DensenodeError',
  'EmbeddingModel',
  'HybridRetriever',
  'LinearAdapter',
  'MultiVectorEmbeddings',
  'MultiVectorEncoder',
  'Reranker',
  'Retriever',
  'SparseEmbeddings',
  'SparseEncoder',
  'SparseIndex',
  'TfidfIndex',
  'Tokenizer',
  'VectorIndex',
  'compareIndexes',
  'comparisonChart',
  'comparisonTable',
  'cosineSimilarity',
  'documentTexts',
  'dotProduct',
  'euclideanDistance',
  'evaluate',
  'evaluationTable',
  'info',
  'manhattanDistance',
  'maxSim',
  'maximalMarginalRelevance',
  'mineHardNegatives',
  'pullModel',
  'quantizeEmbeddings',
  'readBeir',
  'readJsonl',
  'readJsonlDataset',
  'readSquad',
  'readTrecQrels',
  'readTrecRun',
  'reciprocalRankFusion',
  'rescore',
  'scoreRun',
  'sparseDotProduct',
  'weightedFusion',
  'writeBeir',
  'writeTrecQrels',
  'writeTrecRun',
]

test('the exported names are those of the documentation', () => {
  expect(Object.keys(densenode).sort()).toEqual(NAMES)
})

test('import and require give the same objects', () => {
  const script = `
    import * as imported from 'densenode'
    import { createRequire } from 'node:module'
    const required = createRequire(import.meta.url)('densenode')
    const names = Object.keys(required).sort()
    console.log(JSON.stringify(names.filter((name) => imported[name] === required[name])))`
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: path.resolve(__dirname, '../../..'),
    encoding: 'utf8',
  })
  expect(child.stderr).toBe('')
  expect(JSON.parse(child.stdout)).toEqual(NAMES)
})

test('public classes cannot be made by hand', () => {
  for (const name of [
    'BinaryIndex',
    'Bm25Index',
    'EmbeddingModel',
    'MultiVectorEncoder',
    'Reranker',
    'SparseEncoder',
    'SparseIndex',
    'TfidfIndex',
    'Tokenizer',
    'VectorIndex',
  ] as const) {
    const Class = densenode[name] as unknown as new (lifetime?: unknown) => unknown
    expect(() => new Class()).toThrow(`densenode: ${name} has no public constructor. Call await ${name}.`)
    expect(() => new Class({ use: () => ({}) })).toThrow(TypeError)
  }
})

test('a retriever needs a model and an index', () => {
  const Class = densenode.Retriever as unknown as new (...args: unknown[]) => unknown
  expect(() => new Class()).toThrow('option "model": expected an EmbeddingModel, got undefined')
  expect(() => new Class({}, {})).toThrow(TypeError)
})

describe('misuse is refused before anything is loaded', () => {
  const { EmbeddingModel, Tokenizer, VectorIndex } = densenode
  const refused = async (call: () => unknown, kind: typeof TypeError | typeof RangeError, text: string) => {
    const error = await (async () => call())().catch((error: unknown) => error)
    expect(error).toBeInstanceOf(kind)
    expect((error as Error).message).toContain(text)
  }
  const loose = (value: unknown) => value as never

  test('EmbeddingModel.load', async () => {
    const load = (options: unknown) => () => EmbeddingModel.load('model', loose(options))
    await refused(() => EmbeddingModel.load(loose(undefined)), TypeError, 'option "source"')
    await refused(
      load({ pooling: 'avg' }),
      RangeError,
      'option "pooling": expected one of "cls", "mean", "max"',
    )
    await refused(
      load({ device: 'gpu' }),
      RangeError,
      'option "device": expected one of "auto", "cpu", "cuda"',
    )
    await refused(load({ device: 'cuda:x' }), RangeError, 'option "device"')
    await refused(load({ device: [] }), RangeError, 'option "device": expected a device or an array')
    await refused(
      load({ device: ['cuda', 'cuda:0'] }),
      RangeError,
      'option "device[1]": expected a device that is not in the array yet',
    )
    await refused(load({ dtype: 'fp8' }), RangeError, 'option "dtype"')
    await refused(load({ normalize: 'yes' }), TypeError, 'option "normalize": expected a boolean')
    await refused(load({ threads: 0 }), RangeError, 'option "threads"')
    await refused(load({ maxTokens: '512' }), TypeError, 'option "maxTokens"')
    await refused(load({ max_tokens: 512 }), TypeError, 'Did you mean "maxTokens"?')
  })

  test('EmbeddingModel.load of a model that is not there', async () => {
    const error = await EmbeddingModel.load('no/such-model').catch((error: unknown) => error)
    expect(error).toMatchObject({ name: 'DensenodeError', code: 'FILE_NOT_FOUND' })
  })

  test('Tokenizer.load', async () => {
    await refused(() => Tokenizer.load(loose(5)), TypeError, 'option "path"')
    await refused(() => Tokenizer.load(''), RangeError, 'option "path"')
  })

  test('VectorIndex.create and open', async () => {
    const create = (options: unknown) => () => VectorIndex.create(loose(options))
    await refused(create(undefined), TypeError, 'option "options"')
    await refused(
      create({ metric: 'ip' }),
      TypeError,
      'option "dimension": expected an integer from 1 to 65536',
    )
    await refused(create({ dimension: 0, metric: 'ip' }), RangeError, 'option "dimension"')
    await refused(create({ dimension: 4 }), TypeError, 'option "metric"')
    await refused(create({ dimension: 4, metric: 'IP' }), RangeError, 'Did you mean "ip"?')
    await refused(create({ dimension: 4, metric: 'ip', factory: 5 }), TypeError, 'option "factory"')
    await refused(
      () => VectorIndex.open('x', loose({ mmap: 1 })),
      TypeError,
      'option "mmap": expected a boolean',
    )
  })

  test('attach', async () => {
    const handle = { type: 'VectorIndex', id: 1n, pid: process.pid }
    await refused(
      () => VectorIndex.attach(loose(undefined)),
      TypeError,
      'a handle that VectorIndex.share() gave',
    )
    await refused(() => VectorIndex.attach(loose({ ...handle, id: 1 })), TypeError, 'option "handle"')
    await refused(() => VectorIndex.attach(loose({ ...handle, id: -1n })), TypeError, 'option "handle"')
    await refused(() => EmbeddingModel.attach(loose(handle)), TypeError, 'got one of "VectorIndex"')
    await refused(() => VectorIndex.attach(loose({ ...handle, pid: 1 })), RangeError, 'one of process 1')
  })
})
