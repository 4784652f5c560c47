import * as check from './checks'
import { HYBRID_CANDIDATES, HYBRID_FUSION, RETRIEVER_ADD_TASK } from './defaults'
import type { EmbeddingModel } from './embedding-model'
import { wrongType } from './errors'
import { checkFilter } from './filter'
import { type CheckedFusion, FUSION_METHODS, type FusionMethod, fuseResults } from './fuse-results'
import { NORMALIZATIONS, type ScoreNormalization } from './fusion'
import { runJob } from './job'
import { LexicalIndex } from './lexical-index'
import { Lifetime, lifetimeOf, Resource } from './lifetime'
import type { Binding } from './native'
import { chooseTaskAndPrompt } from './prompts'
import {
  Retriever,
  type RetrieverAddOptions,
  type RetrieverOptions,
  type RetrieverSearchOptions,
} from './retriever'
import type { SearchResults } from './search-results'
import { texts as checkTexts } from './text-list'
import type { VectorIndex } from './vector-index'
import type { Ids } from './vector-index-options'

/** `queryAdapter` is for the vectors: lexical search does not use it. */
export interface HybridRetrieverOptions extends RetrieverOptions {
  model: EmbeddingModel
  index: VectorIndex
  /** Of the same texts under the same ids; a TfidfIndex does as well. */
  bm25: LexicalIndex
}

export interface HybridSearchOptions extends RetrieverSearchOptions {
  /** `'rrf'`: reciprocalRankFusion, `'weighted'`: weightedFusion. Default: `'weighted'`. */
  fusion?: FusionMethod
  /** What each list counts, at least 0. Default: 1 each. */
  weights?: { dense?: number; lexical?: number }
  /** Of `'rrf'`, as in reciprocalRankFusion. Default: 60. */
  rankConstant?: number
  /** Of `'weighted'`, as in weightedFusion. Default: `'minmax'`. */
  normalization?: ScoreNormalization
  /** How deep each list goes; at least k. Default: 100, or k where that is more. */
  candidates?: number
  /**
   * Chooses the k among all that both lists have by maximalMarginalRelevance, with the fused scores (brought
   * to 0 .. 1) as relevance and the vectors of the index; `lambda` as there. Scores are then the values of
   * MMR.
   */
  mmr?: { lambda?: number }
}

/**
 * Texts found by meaning and by words: a model and a VectorIndex, and a lexical index beside them. Both are
 * searched at the same time, and their rankings joined.
 *
 * A retriever does not own its parts: dispose() ends the retriever alone.
 *
 * @example
 * const retriever = new HybridRetriever({ model, index, bm25: await Bm25Index.create() })
 * await retriever.add(passages)
 * const results = await retriever.search('error E1234 after the update', 10)
 */
export class HybridRetriever extends Resource {
  readonly #lifetime: Lifetime
  readonly #dense: Retriever
  readonly model: EmbeddingModel
  readonly index: VectorIndex
  readonly bm25: LexicalIndex
  #lastChange: Promise<unknown> = Promise.resolve()

  /** @throws As the constructor of Retriever. */
  constructor(options: HybridRetrieverOptions) {
    if (options === undefined) throw wrongType('options', 'an object with model, index and bm25', options)
    const { model, index, bm25, ...ofDense } = check.options(
      options,
      ['model', 'index', 'bm25', 'anyModel', 'queryAdapter'],
      'new HybridRetriever',
    )
    const dense = new Retriever(model, index, ofDense)
    if (!(bm25 instanceof LexicalIndex)) throw wrongType('bm25', 'a Bm25Index or a TfidfIndex', bm25)
    const lifetime = new Lifetime('HybridRetriever', dense)
    super(lifetime, 'new HybridRetriever({ model, index, bm25 }).')
    this.#lifetime = lifetime
    this.#dense = dense
    this.model = model
    this.index = index
    this.bm25 = bm25
  }

  /**
   * Adds texts to both indexes, all or none: where the second fails, they are taken out of the first again.
   * Changes of one retriever wait for each other.
   *
   * @param ids As VectorIndex.add takes them, one a text. Default: the next that are free in both.
   * @throws As Retriever.add and Bm25Index.add.
   */
  async add(
    texts: string | readonly string[],
    ids?: Ids | null,
    options?: RetrieverAddOptions,
  ): Promise<void> {
    this.#lifetime.use('add')
    const list = checkTexts(texts)
    const givenIds = check.idsOrNull('ids', ids, list.length, 'texts')?.slice()
    const given = check.options(options, ['prompt', 'promptText', 'task', 'signal'], 'HybridRetriever.add')
    chooseTaskAndPrompt(this.model, given, RETRIEVER_ADD_TASK)
    const signal = check.signal(given.signal)
    if (list.length === 0) return
    return this.#change(async () => {
      const chosen = givenIds ?? this.#nextIds(list.length)
      await this.bm25.add(list, chosen, signal && { signal })
      try {
        await this.#dense.add(list, chosen, given)
      } catch (error) {
        await this.bm25.remove(chosen)
        throw error
      }
    })
  }

  /**
   * Removes texts from both indexes by id, and resolves with how many the VectorIndex had.
   *
   * @throws DensenodeError INDEX_UNSUPPORTED for index families that cannot remove; then nothing is removed.
   */
  async remove(ids: Ids): Promise<number> {
    this.#lifetime.use('remove')
    const given = check.ids('ids', ids).slice()
    return this.#change(async () => {
      const removed = await this.index.remove(given)
      await this.bm25.remove(given)
      return removed
    })
  }

  /**
   * The k best of each text, by both rankings. Scores are those of the fusion; larger is better.
   *
   * @param k From 1 to 16777216, on a GPU to 2048. Where both lists together have fewer, rows end with id -1
   *   and score -Infinity.
   * @throws As Retriever.search; with `mmr` also as VectorIndex.reconstructBatch.
   */
  async search(
    texts: string | readonly string[],
    k: number,
    options?: HybridSearchOptions,
  ): Promise<SearchResults> {
    this.#lifetime.use('search')
    const list = checkTexts(texts)
    const { fusion, candidates, denseOptions } = this.#checkSearch(k, options)
    const { filter, signal } = denseOptions
    return await runJob([this.#lifetime], undefined, async () => {
      const [dense, lexical] = await both(
        this.#dense.search(list, candidates, denseOptions),
        this.bm25.search(list, candidates, { filter, signal }),
      )
      return fuseResults({ dense, lexical }, this.index, k, fusion, signal)
    })
  }

  #checkSearch(k: number, options: HybridSearchOptions | undefined) {
    const { maxK } = lifetimeOf<Binding.VectorIndex>(this.index).use('search')
    check.integer('k', k, 1, maxK)
    const given = check.options(
      options,
      [
        ...(['prompt', 'promptText', 'task', 'parameters', 'filter', 'signal'] as const),
        ...(['fusion', 'weights', 'rankConstant', 'normalization', 'candidates', 'mmr'] as const),
      ],
      'HybridRetriever.search',
    )
    const { weights, rankConstant, normalization, mmr, fusion: method = HYBRID_FUSION, ...rest } = given
    const { candidates = Math.max(k, HYBRID_CANDIDATES), ...denseOptions } = rest
    check.integer('candidates', candidates, k, maxK, 'At least k.')
    if (rankConstant !== undefined) check.finite('rankConstant', rankConstant, 0)
    if (normalization !== undefined) check.oneOf('normalization', normalization, NORMALIZATIONS)
    const { dense = 1, lexical = 1 } = check.options(weights, ['dense', 'lexical'], 'weights')
    const fusion: CheckedFusion = {
      method: check.oneOf('fusion', method, FUSION_METHODS),
      weights: [check.finite('weights.dense', dense, 0), check.finite('weights.lexical', lexical, 0)],
      ...(rankConstant !== undefined && { rankConstant }),
      ...(normalization !== undefined && { normalization }),
    }
    if (mmr !== undefined) {
      const { lambda } = check.options(mmr, ['lambda'], 'mmr')
      fusion.mmr = lambda === undefined ? {} : { lambda: check.between('mmr.lambda', lambda, 0, 1) }
    }
    check.signal(denseOptions.signal)
    checkFilter(denseOptions.filter)
    return { fusion, candidates, denseOptions }
  }

  /** The largest id so far + 1, of both, and on. */
  #nextIds(count: number): BigInt64Array {
    const ids = new BigInt64Array([
      lifetimeOf<Binding.VectorIndex>(this.index).use('add').nextId,
      lifetimeOf<Binding.LexicalIndex>(this.bm25).use('add').nextId,
    ]).sort()
    return BigInt64Array.from({ length: count }, (_, i) => ids[1]! + BigInt(i))
  }

  /** One change after the other, so that an undo finds what it is to undo. */
  #change<T>(body: () => Promise<T>): Promise<T> {
    const change = runJob([this.#lifetime], undefined, () => this.#lastChange.then(body))
    this.#lastChange = change.catch(() => {})
    return change
  }
}

/** Waits for both, also where one fails. */
async function both<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b])
  return [await a, await b]
}
