import { execFileSync } from 'node:child_process'

import { info } from 'densenode'

const device = info().devices.find((name) => name.startsWith('cuda'))

/** All of them. */
export const DEVICES = info().devices.filter((name) => name.startsWith('cuda'))

/** The first device; tests run on it. */
export const DEVICE = device ?? 'cuda:0'

/** Why nothing here can run; empty where it can. */
function whyNot(): string {
  if (device) return ''
  const { build, missing } = info()
  if (build && !build.cuda) return 'the loaded binary was built without CUDA'
  return missing.find(({ part }) => part !== 'ONNX Runtime')?.problem ?? 'no CUDA device'
}

/**
 * Like describe, for tests that need a GPU. Where densenode has none they are skipped, and the reason stands in the report; with
 * DENSENODE_REQUIRE_GPU, as the GPU check sets it, that is a failure.
 */
export function describeOnGpu(name: string, tests: () => void): void {
  const reason = whyNot()
  if (!reason) {
    describe(name, tests)
  } else if (process.env.DENSENODE_REQUIRE_GPU) {
    test(name, () => {
      throw new Error(`expected a GPU: ${reason}`)
    })
  } else {
    describe.skip(`${name} (skipped: ${reason.split('\n')[0]})`, tests)
  }
}

/**
 * Device memory in use, in MiB, by all processes, as the driver counts it. Allocators keep what they once took: compare after
 * warm-up, and allow for a little.
 */
export function deviceMemoryMiB(): number {
  const ordinal = DEVICE.slice('cuda:'.length)
  const output = execFileSync(
    'nvidia-smi',
    ['--query-gpu=memory.used', '--format=csv,noheader,nounits', `--id=${ordinal}`],
    { encoding: 'utf8' },
  )
  return Number(output.trim())
}

/** Cosine of two vectors. */
export function cosine(a: Float32Array, b: Float32Array): number {
  expect(a).toHaveLength(b.length)
  let [dot, normA, normB] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    dot += a[i] * b[i]
    normA += a[i] * a[i]
    normB += b[i] * b[i]
  }
  return dot / Math.sqrt(normA * normB)
}

/** The smallest cosine of the rows of `a` with the same rows of `b`. */
export function smallestCosine(a: Float32Array, b: Float32Array, dimension: number): number {
  expect(a).toHaveLength(b.length)
  let smallest = 1
  for (let row = 0; row < a.length; row += dimension) {
    const value = cosine(a.subarray(row, row + dimension), b.subarray(row, row + dimension))
    if (!(value >= smallest)) smallest = value // NaN too
  }
  return smallest
}

/** Mean share of the first `k` ids of each row that both have: 1 where they agree but for the order. */
export function overlap(a: BigInt64Array, b: BigInt64Array, k: number): number {
  expect(a).toHaveLength(b.length)
  let same = 0
  for (let row = 0; row < a.length; row += k) {
    const expected = new Set(b.subarray(row, row + k))
    for (const id of a.subarray(row, row + k)) if (expected.has(id)) same++
  }
  return same / a.length
}
