import { type Analyzer, checkAnalyzer } from './analyzer'
import * as check from './checks'
import { BM25_B, BM25_DELTA, BM25_K1, BM25_VARIANT } from './defaults'
import type { LexicalHandle } from './handle'
import { attachNative, createNative, LexicalIndex, openNative } from './lexical-index'
import type { Lifetime } from './lifetime'
import type { Binding } from './native'

/**
 * Which BM25. With tf: times that a word stands in a text of l words; avg: average words of a text; N: texts
 * in the index; df: texts with the word; K = k1 (1 - b + b l / avg). The score is the sum over the words of
 * the query.
 *
 * - `lucene`: ln(1 + (N - df + 0.5) / (df + 0.5)) tf / (tf + K), with exact text lengths
 * - `robertson`: max(0, ln((N - df + 0.5) / (df + 0.5))) tf / (tf + K)
 * - `atire`: ln(N / df) (k1 + 1) tf / (tf + K)
 * - `bm25l`: ln((N + 1) / (df + 0.5)) (k1 + 1) (c + delta) / (k1 + c + delta), c = tf / (1 - b + b l / avg)
 * - `bm25+`: ln((N + 1) / df) (delta + (k1 + 1) tf / (tf + K))
 *
 * The last two also score words that a text does not have (tf 0). Source: Kamphuis, de Vries, Boytsov and
 * Lin, "Which BM25 Do You Mean? A Large-Scale Reproducibility Study of Scoring Variants", ECIR 2020. The
 * package bm25s gives the same scores for the same names.
 */
export type Bm25Variant = (typeof VARIANTS)[number]

export interface Bm25IndexOptions {
  /**
   * How soon more of the same word counts no more; at least 0, usually 1.2 to 2. Default: 1.2, as Lucene has
   * it.
   */
  k1?: number
  /** How much long texts are held back, from 0 to 1. Default: 0.75. */
  b?: number
  /** Of the variants bm25l and bm25+; at least 0. Default: 0.5. */
  delta?: number
  /** Default: `'lucene'`. */
  variant?: Bm25Variant
  /** How texts and queries become words. Default: `'english'`. */
  analyzer?: Analyzer
}

const VARIANTS = ['lucene', 'robertson', 'atire', 'bm25l', 'bm25+'] as const

/**
 * Texts ranked by BM25: by the words that they share with a query.
 *
 * @example
 * const index = await Bm25Index.create({ analyzer: 'english' })
 * await index.add(passages)
 * const results = await index.search('how do cats purr', 10)
 * for (const { id, score } of results.hits(0)) console.log(score, passages[id])
 */
export class Bm25Index extends LexicalIndex {
  /** Stays readable after dispose(), as k1, b and delta do. */
  readonly variant: Bm25Variant
  readonly k1: number
  readonly b: number
  readonly delta: number

  private constructor(lifetime: Lifetime<Binding.LexicalIndex>) {
    super(lifetime, 'Bm25Index')
    const { variant, k1, b, delta } = lifetime.use('create').options
    this.variant = variant as Bm25Variant
    this.k1 = k1
    this.b = b
    this.delta = delta
  }

  /** An empty index. */
  static async create(options?: Bm25IndexOptions): Promise<Bm25Index> {
    const given = check.options(options, ['k1', 'b', 'delta', 'variant', 'analyzer'], 'Bm25Index.create')
    return new Bm25Index(
      createNative('Bm25Index', {
        scoring: 'bm25',
        variant: check.oneOf('variant', given.variant ?? BM25_VARIANT, VARIANTS),
        k1: check.finite('k1', given.k1 ?? BM25_K1, 0),
        b: check.between('b', given.b ?? BM25_B, 0, 1),
        delta: check.finite('delta', given.delta ?? BM25_DELTA, 0),
        sublinearTf: false,
        analyzer: checkAnalyzer(given.analyzer),
      }),
    )
  }

  /**
   * Reads a file that save() wrote; it is verified as a whole before it is used.
   *
   * @throws DensenodeError FILE_NOT_FOUND, FILE_UNREADABLE, FILE_CORRUPT or OUT_OF_MEMORY.
   */
  static async open(path: string): Promise<Bm25Index> {
    return new Bm25Index(await openNative('Bm25Index', path, 'bm25'))
  }

  /**
   * A second object for an index that another thread of this process shared. The postings exist once, and
   * changes are seen by all; each object is disposed on its own.
   *
   * @throws DensenodeError DISPOSED when no object of this index is open any more.
   */
  static attach(handle: LexicalHandle): Bm25Index {
    return new Bm25Index(attachNative('Bm25Index', handle))
  }

  /**
   * A plain object for postMessage or workerData, good in every thread of this process while any object of
   * the index is open.
   */
  share(): LexicalHandle {
    return this.handle('Bm25Index')
  }
}
