// Devices as users see them, with the addon for the CPU and with that for CUDA. Where a GPU is, test/gpu says the rest.
import { EmbeddingModel, info, VectorIndex } from 'densenode'

import { TINY } from './support'

const { build, devices, gpus, missing, providers } = info()
const withoutGpu = gpus.length === 0 ? describe : describe.skip

test('info() names what the binary was compiled with', () => {
  expect(build).not.toBeNull()
  if (build!.path.endsWith('densenode.cuda.node'))
    expect(build!.cuda).toMatchObject({ toolkit: expect.stringMatching(/^13\.\d+$/) })
  else expect(build!.cuda).toBeNull()
})

test('every GPU is a device', () => {
  expect(devices).toEqual(['cpu', ...gpus.map(({ device }) => device)])
  for (const gpu of gpus) expect(gpu.memoryBytes).toBeGreaterThan(1e9)
})

test('the CPU is always there by name', async () => {
  for (const device of ['cpu', ['cpu']] as const) {
    await using model = await EmbeddingModel.load(TINY, { device })
    expect(model).toMatchObject({ device: 'cpu', devices: ['cpu'] })
  }
})

test('a list of one device is that device; a wrong list or mode is refused before work', async () => {
  await using index = await VectorIndex.create({
    dimension: 2,
    metric: 'ip',
    device: ['cpu'],
    mode: 'replicate',
  })
  expect(index.device).toBe('cpu')
  await index.to(['cpu'], { mode: 'shard' })
  for (const device of [[], ['cpu', 'cuda:0'], ['cuda:0', 'cuda:0'], ['cuda', 'cuda:0']] as const) {
    await expect(index.to(device)).rejects.toThrow(RangeError)
    await expect(VectorIndex.create({ dimension: 2, metric: 'ip', device })).rejects.toThrow(RangeError)
    await expect(VectorIndex.open('nowhere', { device })).rejects.toThrow(RangeError)
  }
  await expect(index.to('cpu', { mode: 'both' as 'shard' })).rejects.toThrow('"shard", "replicate"')
  await expect(index.to(['cpu'], { storage: 'fp16' })).rejects.toThrow(RangeError)
  await expect(VectorIndex.open('nowhere', { device: ['cuda:0', 'cuda:1'], mmap: true })).rejects.toThrow(
    'device "cuda:0,cuda:1"',
  )
})

withoutGpu('without a GPU', () => {
  test('info() offers the CPU, and says what CUDA lacks', () => {
    expect(devices).toEqual(['cpu'])
    expect(providers).toEqual(['CPUExecutionProvider'])
    const problems = missing.filter(({ part }) => part === 'CUDA').map(({ problem }) => problem)
    expect(problems).toHaveLength(build!.cuda ? 1 : 0)
    if (build!.cuda) expect(problems[0]).toMatch(/driver/)
  })

  test('auto is the CPU', async () => {
    await using model = await EmbeddingModel.load(TINY)
    expect(model.device).toBe('cpu')
  })

  /** No driver, or the binary without CUDA: the message has the reason and the remedy. */
  const refused = {
    name: 'DensenodeError',
    code: 'DEVICE_UNAVAILABLE',
    message: expect.stringMatching(build?.cuda ? /driver.*Install/ : /@densenode\/linux-x64-cuda/),
  }

  test.each(['cuda', 'cuda:0', 'cuda:3'] as const)(
    'a model on %s is refused with the reason',
    async (device) => {
      await expect(EmbeddingModel.load(TINY, { device })).rejects.toMatchObject(refused)
    },
  )

  test('replicas are refused with the reason, too', async () => {
    await expect(EmbeddingModel.load(TINY, { device: ['cuda:0', 'cuda:1'] })).rejects.toMatchObject(refused)
  })

  test('an index on a GPU, too', async () => {
    await expect(VectorIndex.create({ dimension: 2, metric: 'ip', device: 'cuda' })).rejects.toMatchObject(
      refused,
    )
  })

  test('an index on several GPUs, too', async () => {
    const device = ['cuda:0', 'cuda:1'] as const
    for (const mode of ['shard', 'replicate'] as const)
      await expect(VectorIndex.create({ dimension: 2, metric: 'ip', device, mode })).rejects.toMatchObject(
        refused,
      )
  })

  test('an index that cannot move stays where it is and goes on', async () => {
    await using index = await VectorIndex.create({ dimension: 2, metric: 'l2' })
    await index.add(Float32Array.of(0, 0, 3, 4))
    await expect(index.to('cuda:0')).rejects.toMatchObject(refused)
    await expect(index.to(['cuda:0', 'cuda:1'], { mode: 'replicate' })).rejects.toMatchObject(refused)
    expect(index.device).toBe('cpu')
    const { ids, scores } = await index.search(Float32Array.of(3, 3), 1)
    expect([...ids, ...scores]).toEqual([1n, 1])
  })
})
