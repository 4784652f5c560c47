import { MAX_K } from './defaults'
import type { LexicalIndex } from './lexical-index'
import { allocateRows } from './search'
import { SearchResults } from './search-results'
import { Turns } from './turns'

/** How many times as deep the next search goes for queries whose ranking held too few allowed ids. */
const DEEPER = 4
/** Results of one search call: 48 MiB. */
const MOST_RESULTS = 1 << 22
/** Ids looked at before the clock is. */
const IDS_AT_A_TIME = 1024

/**
 * The k best allowed texts of each query. A lexical index ranks all texts that share a word with the query,
 * so the ranking is searched deeper until it has k allowed ids, or ends.
 */
export async function searchFiltered(
  index: LexicalIndex,
  texts: readonly string[],
  k: number,
  allowed: (id: bigint) => boolean,
  signal: AbortSignal | undefined,
): Promise<SearchResults> {
  const { ids, scores } = allocateRows('texts', texts.length, k)
  const all = Math.min(MAX_K, Math.max(1, index.count))
  const turns = new Turns(signal)

  /** Fills the row of a query from the ranking that begins at `at`; whether a deeper one may have more. */
  const fill = async (query: number, found: SearchResults, begin: number): Promise<boolean> => {
    const row = query * k
    let kept = 0
    for (let at = begin; at < begin + found.k && kept < k; at++) {
      if (at % IDS_AT_A_TIME === 0 && turns.due) await turns.pass()
      const id = found.ids[at]!
      if (id === -1n) return false
      if (!allowed(id)) continue
      ids[row + kept] = id
      scores[row + kept] = found.scores[at]!
      kept++
    }
    return kept < k && found.k < all
  }

  let open = Array.from({ length: texts.length }, (_, query) => query)
  for (let depth = Math.min(all, k * DEEPER); open.length > 0; depth = Math.min(all, depth * DEEPER)) {
    const next: number[] = []
    const step = Math.max(1, Math.floor(MOST_RESULTS / depth))
    for (let begin = 0; begin < open.length; begin += step) {
      const queries = open.slice(begin, begin + step)
      const asked = queries.map((query) => texts[query]!)
      const found = await index.search(asked, depth, signal && { signal })
      for (const [row, query] of queries.entries())
        if (await fill(query, found, row * depth)) next.push(query)
    }
    open = next
  }
  return new SearchResults(ids, scores, texts.length, k)
}
