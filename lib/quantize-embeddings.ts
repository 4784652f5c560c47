import { allocate } from './allocate'
import * as check from './checks'
import { MAX_DIMENSION } from './defaults'
import { Embeddings } from './embeddings'
import { misuseMessage, wrongRange } from './errors'
import { type JobOptions, runJob } from './job'
import { native } from './native'
import {
  bytesPerEmbedding,
  isScalar,
  PRECISIONS,
  type Precision,
  QuantizedEmbeddings,
} from './quantized-embeddings'
import { type Vectors, vectorData } from './vectors'

export interface QuantizeOptions extends JobOptions {
  precision: Precision
  /** Values of one embedding, where `embeddings` is a plain Float32Array. */
  dimension?: number
  /**
   * For int8 and uint8: the lowest and the highest value of each dimension, as `ranges` of another result. Values
   * beyond them get the lowest or the highest code. Default: taken from `calibration`.
   */
  ranges?: Float32Array
  /**
   * For int8 and uint8: embeddings that the ranges are taken from, some thousands of those that will be stored.
   * Default: the embeddings themselves, two or more.
   */
  calibration?: Vectors
}

const OPTIONS = ['precision', 'dimension', 'ranges', 'calibration', 'signal'] as const

/**
 * Embeddings in fewer bits: a quarter of their memory in 8 bits a value, a 32nd in 1 bit. The codes are those of
 * sentence-transformers' quantize_embeddings (6.2):
 *
 * - `uint8`: floor((x - low) / step), from 0 to 255, with step = (high - low) / 255 of the dimension;
 * - `int8`: the same less 128;
 * - `ubinary`: the bit x > 0 of each value, the first in the highest bit of a byte, the last byte filled with
 *   zeros;
 * - `binary`: the same bytes less 128.
 *
 * Embeddings, ranges and calibration are read in place and pinned until the promise settles.
 *
 * @example
 * const passages = await quantizeEmbeddings(await model.embed(texts), { precision: 'int8' })
 * const more = await quantizeEmbeddings(await model.embed(others), { precision: 'int8', ranges: passages.ranges })
 *
 * @throws RangeError for NaN, with the row; for ranges that are not finite or fall; and for int8 and uint8 of a
 *   single embedding without ranges or calibration.
 */
export async function quantizeEmbeddings(
  embeddings: Vectors,
  options: QuantizeOptions,
): Promise<QuantizedEmbeddings> {
  const given = check.options(options, OPTIONS, 'quantizeEmbeddings')
  const precision = check.oneOf('precision', given.precision, PRECISIONS)
  const dimension = dimensionOf(embeddings, given.dimension)
  const data = vectorData('embeddings', embeddings, dimension)
  const { ranges, calibration } = isScalar(precision)
    ? scalarRanges(given, data, dimension)
    : withoutRanges(given, precision)
  const signal = check.signal(given.signal)
  const out = allocateCodes(precision, data.length / dimension, dimension)
  return await runJob([], signal, async (abort) => {
    await native().quantize(data, dimension, precision, calibration, ranges, out, abort.cancellation())
    return new QuantizedEmbeddings(out, precision, dimension, ranges ?? undefined)
  })
}

function dimensionOf(embeddings: Vectors, given: number | undefined): number {
  if (given !== undefined) return check.integer('dimension', given, 1, MAX_DIMENSION)
  if (embeddings instanceof Embeddings) return embeddings.dimension
  check.float32Array('embeddings', embeddings, 'Or give the result of EmbeddingModel.embed.')
  throw wrongRange('dimension', 'the values of one embedding, as embeddings is a Float32Array', given)
}

/** Ranges that are given, or memory for those of the calibration. */
function scalarRanges(given: QuantizeOptions, data: Float32Array, dimension: number) {
  if (given.ranges !== undefined) {
    if (given.calibration !== undefined)
      throw wrongRange('calibration', 'nothing where ranges are given', given.calibration)
    const ranges = check.float32Array('ranges', given.ranges)
    if (ranges.length === 2 * dimension) return { ranges, calibration: null }
    throw wrongRange('ranges', `2 x dimension values (${2 * dimension}): the lows, then the highs`, ranges)
  }
  const calibration =
    given.calibration === undefined ? data : vectorData('calibration', given.calibration, dimension)
  if (calibration.length === 0 && data.length > 0)
    throw wrongRange('calibration', 'at least one embedding', calibration)
  if (given.calibration === undefined && data.length === dimension)
    throw new RangeError(
      misuseMessage(
        'embeddings',
        'two or more, as their ranges are taken from them',
        'one',
        'Give ranges, or embeddings for calibration.',
      ),
    )
  return { ranges: new Float32Array(2 * dimension), calibration }
}

function withoutRanges(given: QuantizeOptions, precision: Precision) {
  for (const name of ['ranges', 'calibration'] as const) {
    if (given[name] !== undefined)
      throw wrongRange(name, `nothing for precision "${precision}", which has no ranges`, given[name])
  }
  return { ranges: null, calibration: null }
}

function allocateCodes(precision: Precision, count: number, dimension: number): Int8Array | Uint8Array {
  const signed = precision === 'int8' || precision === 'binary'
  return allocate(
    count * bytesPerEmbedding(precision, dimension),
    (length) => (signed ? new Int8Array(length) : new Uint8Array(length)),
    () =>
      wrongRange('embeddings', 'so many that their codes fit in one array', count, 'Quantize in batches.'),
  )
}
