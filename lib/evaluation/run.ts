import { misuseMessage, wrongType } from '../errors'
import type { Hit } from '../search-results'

/** What was found: query id -> documents, best first. */
export type Run = Map<string, readonly Hit<string>[]>

export function checkRun(run: Run): Run {
  if (!(run instanceof Map)) throw wrongType('run', 'a Map of query ids to rankings', run)
  for (const [query, hits] of run) checkRanking(`run.get(${JSON.stringify(query)})`, hits)
  return run
}

/** A document found twice would count twice. */
export function checkRanking(option: string, hits: unknown): void {
  if (!Array.isArray(hits)) throw wrongType(option, 'an array of { id, score }', hits)
  const ids = new Set<string>()
  for (const [i, hit] of hits.entries()) {
    if (typeof hit?.id !== 'string') throw wrongType(`${option}[${i}]`, 'an object whose id is a string', hit)
    if (ids.has(hit.id))
      throw new RangeError(
        misuseMessage(`${option}[${i}].id`, 'each document once', `${JSON.stringify(hit.id)} again`),
      )
    ids.add(hit.id)
  }
}
