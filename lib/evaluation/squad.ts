import * as check from '../checks'
import { describe } from '../errors'
import type { Dataset, DatasetDocument, DatasetQuery, Judgements } from './dataset'
import type { JsonObject } from './jsonl'
import { corrupt, textOf } from './text-file'

export interface SquadOptions {
  /**
   * Questions of version 2.0 that their context does not answer: left out, or kept as queries without
   * judgements (which evaluate does not score). Default: `'skip'`.
   */
  unanswerable?: 'skip' | 'keep'
}

/**
 * Reads SQuAD's JSON, version 1.1 or 2.0: contexts become documents (a context that stands there twice is
 * one), named "article.paragraph" by their places from 0 and titled by their article; questions become
 * queries, whose relevant document is their context. The file is read as a whole.
 *
 * Source: Rajpurkar and others, "SQuAD: 100,000+ questions for machine comprehension of text", EMNLP 2016;
 * "Know what you don't know: unanswerable questions for SQuAD", ACL 2018.
 *
 * @throws DensenodeError FILE_NOT_FOUND, FILE_UNREADABLE; FILE_CORRUPT with the place in the JSON, also for a
 *   question id that came before.
 */
export async function readSquad(path: string, options?: SquadOptions): Promise<Dataset> {
  const { unanswerable = 'skip' } = check.options(options, ['unanswerable'], 'readSquad')
  check.oneOf('unanswerable', unanswerable, ['skip', 'keep'])
  const file = new SquadFile(path, await textOf(path))
  const documents: DatasetDocument[] = []
  const idOfContext = new Map<string, string>()
  const queries: DatasetQuery[] = []
  const judgements: Judgements = new Map()
  const seen = new Set<string>()
  for (const { context, title, place, questions } of file.paragraphs()) {
    let document = idOfContext.get(context)
    if (document === undefined) {
      document = place
      idOfContext.set(context, document)
      documents.push(title ? { id: document, title, text: context } : { id: document, text: context })
    }
    for (const { id, question, impossible } of questions) {
      if (seen.has(id)) throw corrupt(path, 'question ids of their own', `${JSON.stringify(id)} again`)
      seen.add(id)
      if (impossible && unanswerable === 'skip') continue
      queries.push({ id, text: question })
      if (!impossible) judgements.set(id, new Map([[document, 1]]))
    }
  }
  return { documents, queries, judgements }
}

interface Paragraph {
  context: string
  title: string
  /** "article.paragraph" */
  place: string
  questions: { id: string; question: string; impossible: boolean }[]
}

/** The JSON of the file, each value checked as it is reached. */
class SquadFile {
  readonly #root: JsonObject

  constructor(
    readonly path: string,
    text: string,
  ) {
    let root: unknown
    try {
      root = JSON.parse(text)
    } catch (error) {
      throw corrupt(path, 'JSON', (error as Error).message)
    }
    this.#root = this.#object(root, 'the file')
  }

  *paragraphs(): Generator<Paragraph> {
    for (const [a, article] of this.#list(this.#root, 'data', '').entries()) {
      const title = article.title === undefined ? '' : this.#string(article, 'title', `data[${a}]`)
      for (const [p, paragraph] of this.#list(article, 'paragraphs', `data[${a}].`).entries()) {
        const at = `data[${a}].paragraphs[${p}]`
        yield {
          context: this.#string(paragraph, 'context', at),
          title: title.replaceAll('_', ' '),
          place: `${a}.${p}`,
          questions: this.#list(paragraph, 'qas', `${at}.`).map((question, q) => ({
            id: this.#string(question, 'id', `${at}.qas[${q}]`),
            question: this.#string(question, 'question', `${at}.qas[${q}]`),
            impossible: question.is_impossible === true,
          })),
        }
      }
    }
  }

  #list(owner: JsonObject, field: string, prefix: string): JsonObject[] {
    const list = owner[field]
    if (!Array.isArray(list)) throw corrupt(this.path, `an array as ${prefix}${field}`, describe(list))
    return list.map((entry, i) => this.#object(entry, `${prefix}${field}[${i}]`))
  }

  #object(value: unknown, place: string): JsonObject {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw corrupt(this.path, `an object as ${place}`, describe(value))
    return value as JsonObject
  }

  #string(owner: JsonObject, field: string, place: string): string {
    const value = owner[field]
    if (typeof value !== 'string') throw corrupt(this.path, `a string as ${place}.${field}`, describe(value))
    return value
  }
}
