import { BaseIndex } from './base-index'
import * as check from './checks'
import { MAX_K } from './defaults'
import { checkFilter, type SearchFilter } from './filter'
import { attachHandle, type LexicalHandle, shareHandle } from './handle'
import { type JobOptions, runJob, runSync } from './job'
import { Lifetime } from './lifetime'
import { type Binding, native } from './native'
import { type ProgressOptions, runProgressJob } from './progress'
import { allocateResults } from './search'
import { SearchResults } from './search-results'
import { texts as checkTexts, textList } from './text-list'
import type { Ids } from './vector-index-options'

export type LexicalAddOptions = ProgressOptions

export interface LexicalSearchOptions extends JobOptions {
  /** Which ids may come out. */
  filter?: SearchFilter
}

type Scoring = Binding.LexicalIndexOptions['scoring']
type ClassName = LexicalHandle['type']

/**
 * What Bm25Index and TfidfIndex share: texts by the words that they contain, found by the words of a query.
 * Native code cuts texts into words and searches on densenode's own threads. Searches go on while texts are
 * added or removed, on the index as it was before; await one change before the next, as their order is not
 * otherwise kept.
 */
export abstract class LexicalIndex extends BaseIndex {
  readonly #lifetime: Lifetime<Binding.LexicalIndex>

  protected constructor(lifetime: Lifetime<Binding.LexicalIndex>, name: string) {
    super(lifetime, `await ${name}.create(options) or ${name}.open(path).`)
    this.#lifetime = lifetime
  }

  /**
   * Adds texts, all or none. They are cut into words on all threads of densenode; the texts themselves are
   * not kept.
   *
   * @param ids One id a text, from 0 to 2^63 - 2, distinct, and not in the index yet. Default: the largest id
   *   so far + 1 and on, from 0.
   * @throws RangeError for an id that is there already or twice in the call.
   */
  async add(texts: string | readonly string[], ids?: Ids | null, options?: LexicalAddOptions): Promise<void> {
    const index = this.#lifetime.use('add')
    const list = checkTexts(texts)
    const givenIds = check.idsOrNull('ids', ids, list.length, 'texts')
    const given = check.options(options, ['signal', 'onProgress'], `${this.#lifetime.className}.add`)
    return runProgressJob([this.#lifetime], given, list.length, async ({ abort, cancellation, onProgress }) =>
      index.add(await textList(list, abort), givenIds, onProgress, cancellation),
    )
  }

  /**
   * Removes texts by id and resolves with how many were there. Scores are then those of an index that never
   * had them. A call counts the words of all texts again that lie in the same segments (of up to 65,536
   * texts), once however many are removed: collect removals.
   */
  override async remove(ids: Ids): Promise<number> {
    return super.remove(ids)
  }

  /**
   * The k best texts of each query. Found are the texts with at least one word of the query that weighs more
   * than 0; equal scores stand in the order in which the texts were added.
   *
   * @param texts One query or many; each may hold any number of words, and a word counts as often as it
   *   stands there.
   * @param k From 1 to 16777216. Where fewer texts are found, rows end with id -1 and score -Infinity.
   */
  async search(
    texts: string | readonly string[],
    k: number,
    options?: LexicalSearchOptions,
  ): Promise<SearchResults> {
    const index = this.#lifetime.use('search')
    const list = checkTexts(texts)
    check.integer('k', k, 1, MAX_K)
    const given = check.options(options, ['filter', 'signal'], `${this.#lifetime.className}.search`)
    const filter = checkFilter(given.filter)
    const count = list.length
    const { ids, scores } = allocateResults('texts', count, k)
    return await runJob([this.#lifetime], check.signal(given.signal), async (abort) => {
      await index.search(await textList(list, abort), k, ids, scores, abort.cancellation(), filter)
      return new SearchResults(ids, scores, count, k)
    })
  }

  /** The words that the index makes of a text, at once and on this thread. */
  analyze(text: string): string[] {
    const index = this.#lifetime.use('analyze')
    check.string('text', text)
    return runSync(() => index.analyze(text))
  }

  /** What share() of the classes does. */
  protected handle(type: ClassName): LexicalHandle {
    return shareHandle(type, this.#lifetime)
  }
}

/** A native index in a Lifetime, for the constructors of the classes. */
export function createNative(
  name: ClassName,
  options: Binding.LexicalIndexOptions,
): Lifetime<Binding.LexicalIndex> {
  return new Lifetime(
    name,
    runSync(() => native().LexicalIndex.create(options)),
  )
}

export async function openNative(
  name: ClassName,
  path: string,
  scoring: Scoring,
): Promise<Lifetime<Binding.LexicalIndex>> {
  check.path('path', path)
  const index = await runJob([], undefined, () => native().LexicalIndex.open(path, scoring))
  return new Lifetime(name, index)
}

export function attachNative(name: ClassName, handle: LexicalHandle): Lifetime<Binding.LexicalIndex> {
  return attachHandle(name, handle, (id) => native().LexicalIndex.attach(id))
}
