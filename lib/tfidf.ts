import { type Analyzer, checkAnalyzer } from './analyzer'
import * as check from './checks'
import type { LexicalHandle } from './handle'
import { attachNative, createNative, LexicalIndex, openNative } from './lexical-index'
import type { Lifetime } from './lifetime'
import type { Binding } from './native'

export interface TfidfIndexOptions {
  /** Counts a word that stands tf times 1 + ln(tf) times. Default: false. */
  sublinearTf?: boolean
  /** How texts and queries become words. Default: `'english'`. */
  analyzer?: Analyzer
}

/**
 * Texts ranked by the cosine of TF-IDF vectors. The value of a word in a text is tf idf with idf = ln((1 + N)
 * / (1 + df)) + 1, where N texts are in the index and df of them have the word; a query is a text without the
 * words that the index does not know. These are the definitions of scikit-learn's TfidfVectorizer
 * (smooth_idf, norm l2; Pedregosa et al., JMLR 2011). Scores are from 0 to 1.
 *
 * Every change alters all vectors; their lengths are computed again at the first search after it.
 *
 * @example
 * const index = await TfidfIndex.create({ analyzer: 'english' })
 * await index.add(passages)
 * const results = await index.search('how do cats purr', 10)
 */
export class TfidfIndex extends LexicalIndex {
  /** Stays readable after dispose(). */
  readonly sublinearTf: boolean

  private constructor(lifetime: Lifetime<Binding.LexicalIndex>) {
    super(lifetime, 'TfidfIndex')
    this.sublinearTf = lifetime.use('create').options.sublinearTf
  }

  /** An empty index. */
  static async create(options?: TfidfIndexOptions): Promise<TfidfIndex> {
    const given = check.options(options, ['sublinearTf', 'analyzer'], 'TfidfIndex.create')
    return new TfidfIndex(
      createNative('TfidfIndex', {
        scoring: 'tfidf',
        variant: '',
        k1: 0,
        b: 0,
        delta: 0,
        sublinearTf: check.boolean('sublinearTf', given.sublinearTf ?? false),
        analyzer: checkAnalyzer(given.analyzer),
      }),
    )
  }

  /** As Bm25Index.open. */
  static async open(path: string): Promise<TfidfIndex> {
    return new TfidfIndex(await openNative('TfidfIndex', path, 'tfidf'))
  }

  /** As Bm25Index.attach. */
  static attach(handle: LexicalHandle): TfidfIndex {
    return new TfidfIndex(attachNative('TfidfIndex', handle))
  }

  /** As Bm25Index.share. */
  share(): LexicalHandle {
    return this.handle('TfidfIndex')
  }
}
