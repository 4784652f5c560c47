import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import * as path from 'node:path'

/** The repository; tests run from build/test/integration. */
export const root = path.resolve(__dirname, '../../..')
export const fixtures = path.join(root, 'test', 'fixtures')
/** Found through the model folders, as `npm run setup` lays it down. */
export const MINILM = 'all-MiniLM-L6-v2'
/** BERT with 2 layers of 32 and random weights: loads and runs in milliseconds. */
export const TINY = path.join(fixtures, 'models', 'tiny-bert-cls')

export interface ReferenceSet {
  /** Rows of what sentence-transformers computed. */
  rows: Float32Array[]
  texts: string[]
  settings: {
    pooling?: string
    normalize?: unknown
    prompt?: string
    promptText?: string
    maxTokens?: number
  }
}

interface Manifest {
  texts: { file: string }
  tokenCounts: number[]
  maxTokens: number
  sets: Record<
    string,
    {
      file: string
      dtype: 'float16' | 'float32'
      rows: number
      columns: number
      texts?: number[]
      settings: object
    }
  >
}

/** What test/fixtures/make_*.py wrote into `folder`. */
export function references(folder: string): {
  manifest: Manifest
  texts: string[]
  set(name: string): ReferenceSet
} {
  const at = path.join(fixtures, folder)
  const manifest = JSON.parse(readFileSync(path.join(at, 'manifest.json'), 'utf8')) as Manifest
  const texts = JSON.parse(readFileSync(path.join(at, manifest.texts.file), 'utf8')) as string[]
  const set = (name: string): ReferenceSet => {
    const { file, dtype, rows, columns, texts: chosen, settings } = manifest.sets[name]
    const values = readValues(path.join(at, file), dtype)
    expect(values).toHaveLength(rows * columns)
    return {
      rows: Array.from({ length: rows }, (_, i) => values.subarray(i * columns, (i + 1) * columns)),
      texts: chosen ? chosen.map((i) => texts[i]) : texts,
      settings,
    }
  }
  return { manifest, texts, set }
}

function readValues(file: string, dtype: 'float16' | 'float32'): Float32Array {
  const bytes = new Uint8Array(readFileSync(file)).buffer
  return dtype === 'float32'
    ? new Float32Array(bytes)
    : Float32Array.from(new Uint16Array(bytes), halfToFloat)
}

function halfToFloat(half: number): number {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >> 10) & 0x1f
  const fraction = half & 0x3ff
  if (exponent === 0) return sign * 2 ** -24 * fraction
  return sign * 2 ** (exponent - 15) * (1 + fraction / 1024)
}

/** Seeded normal deviates (mulberry32 and Box-Muller), the same in every run. */
export function randomVectors(count: number, dimension: number, seed = 1): Float32Array {
  let state = seed >>> 0
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 4294967296
  }
  return Float32Array.from(
    { length: count * dimension },
    () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  )
}

export function rowsOf(values: Float32Array, dimension: number): Float32Array[] {
  return Array.from({ length: values.length / dimension }, (_, i) =>
    values.subarray(i * dimension, (i + 1) * dimension),
  )
}

/** The error that a promise rejects with or a call throws. */
export async function failure(call: () => unknown): Promise<Error & { code?: string }> {
  try {
    await call()
  } catch (error) {
    return error as Error & { code?: string }
  }
  throw new Error('nothing was thrown')
}

/** The largest absolute difference of two arrays of the same length. */
export function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a).toHaveLength(b.length)
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i])), 0)
}

/** The Python with the oracles, as scripts/setup/python.mjs lays it down. */
export const oraclePython =
  process.env.DENSENODE_PYTHON ??
  path.join(homedir(), '.cache', 'densenode', 'third-party', 'python', 'bin', 'python')
