import { describe } from '../errors'
import type { Dataset, DatasetDocument, DatasetQuery, Judgements } from './dataset'
import { corrupt, linesOf } from './text-file'

export type JsonObject = Record<string, unknown>

/**
 * Reads texts from a JSON Lines file while it is read: one object a line, `{ "text", "id"?, "title"? }`; more
 * fields are left alone. An id is a string or a whole number; without one, it is the number of the text in
 * the file, from 0.
 *
 * @example
 * for await (const { id, text } of readJsonl('passages.jsonl')) ...
 *
 * @throws DensenodeError FILE_NOT_FOUND, FILE_UNREADABLE; FILE_CORRUPT with file and line for what is not
 *   such an object, and for an id that came before.
 */
export async function* readJsonl(path: string): AsyncGenerator<DatasetDocument, void, undefined> {
  for await (const { entry } of entriesOf(path)) yield entry
}

/**
 * A data set of two JSON Lines files: documents as readJsonl reads them, and queries with what answers them,
 * `{ "text", "id"?, "relevant": ["document id", ...] or { "document id": grade, ... } }`.
 *
 * @throws As readJsonl, and FILE_CORRUPT for a document id that is not among the documents.
 */
export async function readJsonlDataset(documentsPath: string, queriesPath: string): Promise<Dataset> {
  const documents: DatasetDocument[] = []
  for await (const document of readJsonl(documentsPath)) documents.push(document)
  const known = new Set(documents.map(({ id }) => id))
  const queries: DatasetQuery[] = []
  const judgements: Judgements = new Map()
  for await (const { entry, object, place } of entriesOf(queriesPath)) {
    queries.push({ id: entry.id, text: entry.text })
    judgements.set(entry.id, gradesOf(object.relevant, known, place))
  }
  return { documents, queries, judgements }
}

/** The objects of a JSON Lines file with their places. */
export async function* objectsOf(path: string): AsyncGenerator<{ object: JsonObject; place: string }, void> {
  for await (const { text, place } of linesOf(path)) {
    let object: unknown
    try {
      object = JSON.parse(text)
    } catch (error) {
      throw corrupt(place, 'a line of JSON', (error as Error).message)
    }
    if (typeof object !== 'object' || object === null || Array.isArray(object))
      throw corrupt(place, 'a JSON object', describe(object))
    yield { object: object as JsonObject, place }
  }
}

interface Entry {
  entry: DatasetDocument
  object: JsonObject
  place: string
}

/** Objects as { id, text, title? } with distinct ids, the id in the field `idField`. */
export async function* entriesOf(
  path: string,
  idField = 'id',
  idNeeded = false,
): AsyncGenerator<Entry, void> {
  const seen = new Set<string>()
  for await (const { object, place } of objectsOf(path)) {
    const id =
      idNeeded || object[idField] !== undefined ? idOf(object[idField], idField, place) : `${seen.size}`
    if (seen.has(id)) throw corrupt(place, `an "${idField}" of its own`, `${JSON.stringify(id)} again`)
    seen.add(id)
    const { text, title } = object
    if (typeof text !== 'string') throw corrupt(place, 'a string as "text"', describe(text))
    if (title !== undefined && title !== null && typeof title !== 'string')
      throw corrupt(place, 'a string as "title"', describe(title))
    yield { entry: title ? { id, text, title } : { id, text }, object, place }
  }
}

function idOf(value: unknown, field: string, place: string): string {
  if (typeof value === 'string' && value !== '') return value
  if (Number.isSafeInteger(value)) return String(value)
  throw corrupt(place, `a string or a whole number as "${field}"`, describe(value))
}

function gradesOf(value: unknown, known: ReadonlySet<string>, place: string): Map<string, number> {
  if (typeof value !== 'object' || value === null)
    throw corrupt(place, '"relevant" with an array of document ids or an object of grades', describe(value))
  const grades = new Map<string, number>()
  const pairs: [unknown, unknown][] = Array.isArray(value)
    ? value.map((id) => [id, 1])
    : Object.entries(value)
  for (const [given, grade] of pairs) {
    const id = idOf(given, 'relevant', place)
    if (!known.has(id)) throw corrupt(place, 'the id of a document in "relevant"', JSON.stringify(id))
    if (!Number.isSafeInteger(grade))
      throw corrupt(place, `a whole number as grade of ${id}`, describe(grade))
    if (grades.has(id)) throw corrupt(place, 'distinct ids in "relevant"', `${JSON.stringify(id)} again`)
    grades.set(id, grade as number)
  }
  return grades
}
