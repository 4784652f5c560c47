import { misuseMessage, wrongType } from '../errors'
import { Turns } from '../turns'

/** Documents looked at before the clock is. */
const ENTRIES_AT_A_TIME = 1024

export interface DatasetDocument {
  id: string
  text: string
  title?: string
}

export interface DatasetQuery {
  id: string
  text: string
}

/**
 * Which documents answer which queries: query id -> document id -> grade. A grade of 1 and more is relevant
 * (more is better), 0 is judged and not relevant; documents that are not named are not relevant.
 */
export type Judgements = Map<string, Map<string, number>>

/** Documents, queries and judgements of one's own, or of a reader: readBeir, readSquad, readJsonlDataset. */
export interface Dataset {
  documents: readonly DatasetDocument[]
  queries: readonly DatasetQuery[]
  judgements: Judgements
}

/**
 * What is embedded and indexed of each document: title and text with a space between, as BEIR does. Position
 * i is document i, so that indexes which number their texts from 0 need no map of ids.
 */
export function documentTexts(dataset: Pick<Dataset, 'documents'>): string[] {
  return dataset.documents.map(({ title, text }) => (title ? `${title} ${text}` : text))
}

/** Throws for what is not a Dataset, and for two documents or queries of one id. */
export async function checkDataset(value: Dataset): Promise<void> {
  if (typeof value !== 'object' || value === null)
    throw wrongType('dataset', 'an object with documents, queries and judgements', value)
  for (const part of ['documents', 'queries'] as const) {
    const list: unknown = value[part]
    if (!Array.isArray(list)) throw wrongType(`dataset.${part}`, 'an array of { id, text }', list)
    const ids = new Set<string>()
    const turns = new Turns()
    for (const [i, entry] of list.entries()) {
      if (i % ENTRIES_AT_A_TIME === 0 && turns.due) await turns.pass()
      if (typeof entry?.id !== 'string' || typeof entry.text !== 'string')
        throw wrongType(`dataset.${part}[${i}]`, 'an object with an id and a text, both strings', entry)
      if (ids.has(entry.id))
        throw new RangeError(
          misuseMessage(`dataset.${part}[${i}].id`, 'an id of its own', `${JSON.stringify(entry.id)} again`),
        )
      ids.add(entry.id)
    }
  }
  checkJudgements('dataset.judgements', value.judgements)
}

export function checkJudgements(option: string, value: Judgements): Judgements {
  if (!(value instanceof Map)) throw wrongType(option, 'a Map of query ids to Maps of grades', value)
  for (const [query, grades] of value) {
    if (!(grades instanceof Map))
      throw wrongType(`${option}.get(${JSON.stringify(query)})`, 'a Map of document ids to grades', grades)
    for (const [document, grade] of grades)
      if (!Number.isSafeInteger(grade))
        throw wrongType(
          `the grade of ${JSON.stringify(document)} for ${JSON.stringify(query)}`,
          'a whole number',
          grade,
        )
  }
  return value
}
