import * as check from './checks'
import { CACHE_BYTES, DEVICE, DTYPE, MAX_INT32 } from './defaults'
import type { Binding } from './native'
import { checkPooling, type Pooling } from './pooling'

export type Device = 'auto' | 'cpu' | 'cuda' | `cuda:${number}`
export type Dtype = 'auto' | 'fp32' | 'fp16' | 'bf16' | 'int8-bf16' | 'int8'

export interface EmbeddingModelOptions {
  /**
   * Where the model runs: `'cpu'`, or an NVIDIA GPU by its number (`'cuda'` is `'cuda:0'`). Default:
   * `'auto'`, the first GPU that densenode can use (info().devices), else the CPU.
   *
   * An array of GPUs, such as `['cuda:0', 'cuda:1']`, puts a replica of the model on each. Every batch goes
   * to the replica that is least busy, so one call uses all of them; results do not depend on which.
   */
  device?: Device | readonly Device[]
  /**
   * Type of the weights in memory and in the arithmetic; embeddings are fp32 in any case. Default: `'auto'`.
   *
   * On the CPU `'auto'` takes the first of `'int8-bf16'` and `'bf16'` that the CPU has instructions for (AMX, or
   * AVX512-BF16 with AVX512-VNNI) and in which this model keeps a cosine of at least 0.9995 to fp32: that is
   * measured while it loads, on seven built-in texts, against plain fp32 arithmetic. Otherwise it is `'fp32'`.
   *
   * `'bf16'` asks for bf16 without that check, and is refused on other CPUs. `'int8-bf16'` rounds both sides of
   * half of the arithmetic to 8 bits, shared outliers evened out before (SmoothQuant): queries, keys and the
   * first map of the feed-forward networks. It is the fastest. Asked for by name it is so in all layers, with a
   * cosine of about 0.999 or more; `'auto'` leaves the layers in bf16 that cost most, up to half of them.
   *
   * `'int8'`, on the CPU only, rounds weights to 8 bits with a scale for each output, and what they are
   * multiplied with, with a scale for each token, while it runs. Weights take a quarter of the memory of fp32;
   * the cosine to fp32 is about 0.99 or more. One bit less is kept on CPUs without VNNI instructions.
   *
   * On a GPU `'auto'` is `'fp16'` (cosine to fp32 at least 0.999); `'fp32'` can be had too.
   *
   * Other types are refused with MODEL_UNSUPPORTED; so is fp16 for weights beyond its range. An .onnx file
   * has the types that it was exported with: `'auto'` or `'fp32'`.
   */
  dtype?: Dtype
  /**
   * How token vectors become one vector: one mode, or several whose results are joined end to end.
   * `'weighted_mean'` weighs tokens by their position, from 1 on. Default: what the model's folder says.
   */
  pooling?: Pooling | readonly Pooling[]
  /** Whether the tokens of a prompt take part in pooling. Default: what the model's folder says. */
  includePrompt?: boolean
  /** Scale embeddings to length 1 (L2). Default: what the model's folder says. */
  normalize?: boolean
  /**
   * Longest text in tokens, special tokens included; longer texts are cut. May lower the model's limit, not
   * raise it.
   */
  maxTokens?: number
  /** Most threads at work on one call at once, out of densenode's pool. Default: the whole pool. */
  threads?: number
  /**
   * Most tokens of one batch: texts of like length share a batch up to this size. On the CPU in fp32 and int8 padding
   * counts; bf16, int8-bf16 and a GPU work on the tokens alone, and their memory grows with the largest batch so far.
   * Default: 256 on the CPU in fp32 and int8, 512 in bf16 and int8-bf16, 32,768 on a GPU.
   */
  maxBatchTokens?: number
  /**
   * Memory for embeddings of lone texts, which are kept with their text, the least recently used going first:
   * a query that comes again is not embedded again. Arrays of texts are not kept. Of EmbeddingModel only.
   * Default: 0, nothing is kept.
   */
  cacheBytes?: number
}

export function checkCacheBytes(value: number | undefined): number {
  return check.integer('cacheBytes', value ?? CACHE_BYTES, 0, Number.MAX_SAFE_INTEGER)
}

/** Options that all models load with. */
export const ENCODER_OPTIONS = ['device', 'dtype', 'maxTokens', 'threads', 'maxBatchTokens'] as const
export type EncoderOptions = Pick<EmbeddingModelOptions, (typeof ENCODER_OPTIONS)[number]>

const DEVICES = ['auto', 'cpu', 'cuda'] as const
const DTYPES = ['auto', 'fp32', 'fp16', 'bf16', 'int8-bf16', 'int8'] as const

export function loadOptions(given: EmbeddingModelOptions): Binding.EmbeddingModelOptions {
  const { device = DEVICE, dtype = DTYPE, pooling, cacheBytes, ...others } = given
  const { includePrompt, normalize, maxTokens, threads, maxBatchTokens } = others
  checkCacheBytes(cacheBytes)
  const devices = check.devices('device', device, DEVICES)
  check.oneOf('dtype', dtype, DTYPES)
  if (includePrompt !== undefined) check.boolean('includePrompt', includePrompt)
  if (normalize !== undefined) check.boolean('normalize', normalize)
  if (maxTokens !== undefined) check.integer('maxTokens', maxTokens, 1, MAX_INT32)
  if (threads !== undefined) check.integer('threads', threads, 1, 1024)
  if (maxBatchTokens !== undefined) check.integer('maxBatchTokens', maxBatchTokens, 1, MAX_INT32)
  return { ...others, devices, dtype, ...(pooling !== undefined && { pooling: checkPooling(pooling) }) }
}
