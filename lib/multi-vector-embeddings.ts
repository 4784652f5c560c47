import { allocate } from './allocate'
import * as check from './checks'
import { MAX_RESULT_LENGTH } from './defaults'
import { wrongRange, wrongType } from './errors'
import { type JobOptions, runJob } from './job'
import { native } from './native'

/**
 * Texts as many vectors, one a token: text i has the rows offsets[i] to offsets[i + 1] - 1. What
 * MultiVectorEncoder gives; iterates over the vectors of each text.
 */
export class MultiVectorEmbeddings implements Iterable<Float32Array> {
  /** All vectors, row major: offsets[count] x dimension values. */
  readonly data: Float32Array
  /** Values of one vector. */
  readonly dimension: number
  /** count + 1 positions, in vectors. */
  readonly offsets: Int32Array
  /** Number of texts. */
  readonly count: number

  /**
   * Of arrays from elsewhere, which are not copied.
   *
   * @throws TypeError or RangeError for arrays that do not fit each other.
   */
  constructor(data: Float32Array, dimension: number, offsets: Int32Array) {
    this.dimension = check.integer('dimension', dimension, 1, MAX_RESULT_LENGTH)
    this.data = check.vectors('data', data, dimension)
    this.offsets = check.offsets('offsets', offsets, data.length / dimension, 'vectors')
    this.count = offsets.length - 1
  }

  /**
   * Vectors of text i, row major: a view into data, not a copy.
   *
   * @throws RangeError for i outside 0 .. count - 1.
   */
  row(i: number): Float32Array {
    check.integer('i', i, 0, this.count - 1)
    return this.data.subarray(this.offsets[i]! * this.dimension, this.offsets[i + 1]! * this.dimension)
  }

  *[Symbol.iterator](): IterableIterator<Float32Array> {
    for (let i = 0; i < this.count; i++) yield this.row(i)
  }
}

export interface MaxSimOptions extends JobOptions {
  /** Divide each score by the vectors of the query (MeanMaxSim). Default: false. */
  mean?: boolean
}

/**
 * How well documents belong to queries by late interaction: the sum over the vectors of the query of the largest
 * dot product with one of the document's (Khattab and Zaharia, "ColBERT", SIGIR 2020). The vectors are read in
 * place and pinned until the promise settles.
 *
 * @returns queries x documents scores, row major; larger is better.
 *
 * @example
 * const scores = await maxSim(await model.embedQueries(query), await model.embedDocuments(candidates))
 */
export async function maxSim(
  queries: MultiVectorEmbeddings,
  documents: MultiVectorEmbeddings,
  options?: MaxSimOptions,
): Promise<Float32Array> {
  const { dimension } = checkMultiVectors('queries', queries)
  check.ofDimension('documents', checkMultiVectors('documents', documents), dimension, 'vectors')
  const given = check.options(options, ['mean', 'signal'], 'maxSim')
  const mean = check.boolean('mean', given.mean ?? false)
  const out = allocate(
    queries.count * documents.count,
    (length) => new Float32Array(length),
    () => wrongRange('documents', 'so many that queries x documents fits in one array', documents.count),
  )
  return await runJob([], check.signal(given.signal), async (abort) => {
    const cancellation = abort.cancellation()
    const [a, b] = [queries, documents]
    await native().maxSim(a.data, a.offsets, b.data, b.offsets, dimension, mean, out, cancellation)
    return out
  })
}

function checkMultiVectors(option: string, value: unknown): MultiVectorEmbeddings {
  if (!(value instanceof MultiVectorEmbeddings))
    throw wrongType(option, 'MultiVectorEmbeddings, as MultiVectorEncoder gives them', value)
  check.float32Array(option, value.data)
  return value
}
