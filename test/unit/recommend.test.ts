import { VectorIndex } from 'densenode'
import { candidates } from '#lib/index-families'

const recommend = VectorIndex.recommend
const mebibyte = 2 ** 20

// What a CPU without byte codes is recommended, too.
describe('by size, without byte codes', () => {
  test.each([
    [1, 'Flat', 1],
    [9_999, 'Flat', 1],
    [10_000, 'IVF100,Flat', 0.98],
    [99_999, 'IVF100,Flat', 0.98],
    [100_000, 'IVF1000,Flat', 0.97],
    [999_999, 'IVF1000,Flat', 0.97],
    [1_000_000, 'HNSW32', 0.95],
    [9_999_999, 'HNSW32', 0.95],
  ])('%d vectors: %s', (count, factory, recall) => {
    const recommended = recommend({ count, dimension: 384, byteCodes: false })
    expect(recommended.factory).toBe(factory)
    expect(recommended.recall).toBeGreaterThanOrEqual(recall)
    expect(recommended.reason).toContain(count.toLocaleString('en'))
    expect(recommended.memoryBytes).toBeGreaterThanOrEqual(count * 384 * 4)
    expect(recommended.buildSeconds).toBeGreaterThanOrEqual(0)
  })

  test('above 10 million: IVF over fast-scan codes with refinement, in less memory than the vectors', () => {
    const { factory, recall, memoryBytes, parameters, trainingCount } = recommend({
      count: 50_000_000,
      dimension: 768,
    })
    expect(factory).toMatch(/^IVF\d+_HNSW32,PQ\d+x4fs,Refine\(SQ8\)$/)
    expect(recall).toBeGreaterThanOrEqual(0.95)
    expect(memoryBytes).toBeLessThan(50_000_000 * 768 * 4 * 0.5)
    expect(parameters.nprobe).toBeGreaterThan(1)
    expect(parameters.k_factor).toBeGreaterThan(1)
    expect(trainingCount).toBeGreaterThan(100_000)
  })
})

describe('with byte codes', () => {
  const situation = (count: number, recall: number) => ({
    count,
    dimension: 384,
    metric: 'ip' as const,
    recall,
    onGpu: false,
    byteCodeBytes: () => 400 * count,
  })
  const first = (count: number, recall: number) => candidates(situation(count, recall))[0]

  test.each([
    [9_999, 1, 'Flat'],
    [10_000, 0.98, 'Flat'],
    [99_999, 0.98, 'Flat'],
    [190_000, 0.97, 'Flat'],
    [210_000, 0.97, 'HNSW32'],
    [1_000_000, 0.95, 'HNSW32'],
    // The less shall be found, the sooner a graph is faster.
    [50_000, 0.9, 'HNSW32'],
    [800_000, 0.99, 'Flat'],
  ])('%d vectors, recall %d: %s is the fastest', (count, recall, factory) => {
    expect(first(count, recall).factory).toBe(factory)
  })

  test('they count as memory, and where they do not fit, what is slower comes', () => {
    const flat = first(50_000, 0.98)
    expect(flat.memoryBytes).toBe(50_000 * (4 * 384 + 400))
    expect(flat.reason).toContain('a byte for each value')
    const rest = candidates(situation(50_000, 0.98)).filter(
      ({ memoryBytes }) => memoryBytes < flat.memoryBytes,
    )
    expect(rest[0].factory).toBe('IVF100,SQfp16')
  })

  test('recommend takes them from the CPU', () => {
    const given = { count: 20_000, dimension: 384 }
    const without = recommend({ ...given, byteCodes: false })
    expect(without).toMatchObject({ factory: 'IVF100,Flat' })
    const exact = { ...given, recall: 1 }
    const more = recommend(exact).memoryBytes - recommend({ ...exact, byteCodes: false }).memoryBytes
    // All of them, or this CPU keeps none.
    if (more > 0) expect([more, recommend(given).factory]).toEqual([20_000 * 406, 'Flat'])
    else expect(recommend(given)).toEqual(without)
    for (const kept of [
      { metric: 'l1' as const },
      { device: 'cuda' as const },
      { dimension: 63 },
      { count: 600 },
    ])
      expect(recommend({ ...exact, ...kept })).toEqual(recommend({ ...exact, ...kept, byteCodes: false }))
  })
})

test('every recommended factory string can be made, with its parameters', async () => {
  for (const metric of ['ip', 'l2', 'cosine', 'l1'] as const)
    for (const dimension of [1, 7, 384])
      for (const count of [100, 50_000, 500_000, 5_000_000, 50_000_000])
        for (const share of [Infinity, 2.6, 0.6, 0.3, 0.15])
          for (const recall of [undefined, 0.99]) {
            const memoryBytes = share === Infinity ? undefined : share * count * dimension * 4
            let recommended: ReturnType<typeof recommend>
            try {
              recommended = recommend({ count, dimension, metric, memoryBytes, recall })
            } catch (error) {
              expect((error as Error).message).toContain('option "memoryBytes": expected at least')
              continue
            }
            const { factory, parameters } = recommended
            expect(recommended.memoryBytes).toBeLessThanOrEqual(memoryBytes ?? Infinity)
            await using index = await VectorIndex.create({ dimension, metric, factory, parameters })
            expect(index.searchParameters).toMatchObject(parameters)
          }
})

describe('recall', () => {
  test('exact search for 1', () => {
    expect(recommend({ count: 2_000_000, dimension: 384, recall: 1 })).toMatchObject({
      factory: 'Flat',
      recall: 1,
    })
  })

  test('more of it costs more probes', () => {
    const nprobe = (recall: number) =>
      recommend({ count: 200_000, dimension: 384, recall, byteCodes: false }).parameters.nprobe!
    expect(nprobe(0.99)).toBeGreaterThan(nprobe(0.95))
    expect(nprobe(0.95)).toBeGreaterThan(nprobe(0.9))
  })
})

describe('memory', () => {
  test('smaller codes where the budget asks for them, down to an error that says the least', () => {
    const count = 500_000
    const factories = [800, 450, 250, 130, 60].map(
      (budget) =>
        recommend({ count, dimension: 384, memoryBytes: budget * mebibyte, byteCodes: false }).factory,
    )
    expect(factories).toEqual([
      'IVF1000,Flat',
      'IVF1000,SQfp16',
      'IVF1000,SQ8',
      expect.stringMatching(/^IVF1000,PQ192/),
      expect.stringMatching(/^IVF1000,PQ/),
    ])
    expect(() => recommend({ count, dimension: 384, memoryBytes: mebibyte })).toThrow(RangeError)
  })

  test('a recall that the budget rules out is said so', () => {
    const { recall, reason } = recommend({
      count: 500_000,
      dimension: 384,
      memoryBytes: 50 * mebibyte,
    })
    expect(recall).toBeLessThan(0.9)
    expect(reason).toContain('No family within this memory reaches')
  })
})

test('on a GPU: families that have a form there', () => {
  for (const count of [20_000, 500_000, 5_000_000, 50_000_000])
    for (const memoryBytes of [undefined, count * 500, count * 120]) {
      const { factory } = recommend({ count, dimension: 384, device: 'cuda:1', memoryBytes })
      expect(factory).toMatch(/^(Flat|SQfp16|IVF\d+,(Flat|SQfp16|SQ8|PQ(96|48)))$/)
    }
})

test.each([
  [undefined, 'option "options": expected an object with "count" and "dimension"'],
  [{ count: 0, dimension: 3 }, 'option "count": expected an integer from 1'],
  [{ count: 5 }, 'option "dimension"'],
  [{ count: 5, dimension: 3, recall: 0 }, 'option "recall": expected a number above 0, at most 1'],
  [{ count: 5, dimension: 3, recall: 1.5 }, 'option "recall"'],
  [{ count: 5, dimension: 3, memoryBytes: -1 }, 'option "memoryBytes"'],
  [{ count: 5, dimension: 3, metric: 'dot' }, 'option "metric"'],
  [{ count: 5, dimension: 3, device: 'gpu' }, 'option "device"'],
  [{ count: 5, dimension: 3, byteCodes: 1 }, 'option "byteCodes": expected a boolean'],
  [{ count: 5, dimension: 3, memory: 5 }, 'option "memory"'],
])('misuse: %j', (options, message) => {
  expect(() => recommend(options as never)).toThrow(message)
})
