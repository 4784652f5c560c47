import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

import * as check from '../checks'
import { BEIR_SPLIT } from '../defaults'
import { wrongRange } from '../errors'
import {
  checkDataset,
  type Dataset,
  type DatasetDocument,
  type DatasetQuery,
  type Judgements,
} from './dataset'
import { addGrade, fieldOf } from './grades'
import { entriesOf } from './jsonl'
import { corrupt, linesOf, writeLines } from './text-file'

export interface BeirOptions {
  /** Which judgements: the file qrels/<split>.tsv. Default: `'test'`. */
  split?: string
}

/**
 * Reads a folder as BEIR lays it out: corpus.jsonl (`_id`, `title`, `text`), queries.jsonl (`_id`, `text`)
 * and qrels/<split>.tsv (query-id, corpus-id, score, with a head line). Queries without judgements in the
 * split are left out. Judgements may name documents that the corpus lacks, as some of BEIR's do: nothing can
 * find these.
 *
 * Source: Thakur and others, "BEIR: A heterogeneous benchmark for zero-shot evaluation of information
 * retrieval models", NeurIPS 2021.
 *
 * @throws DensenodeError FILE_NOT_FOUND, FILE_UNREADABLE; FILE_CORRUPT with file and line, also for an id
 *   that came before and for a query in the judgements that queries.jsonl lacks.
 */
export async function readBeir(folder: string, options?: BeirOptions): Promise<Dataset> {
  check.path('folder', folder)
  const split = splitOf(options, 'readBeir')
  const documents: DatasetDocument[] = []
  for await (const { entry } of entriesOf(join(folder, 'corpus.jsonl'), '_id', true)) documents.push(entry)
  const texts = new Map<string, string>()
  for await (const { entry } of entriesOf(join(folder, 'queries.jsonl'), '_id', true))
    texts.set(entry.id, entry.text)
  const judgements = await readGrades(join(folder, 'qrels', `${split}.tsv`), texts)
  const queries = [...judgements.keys()].map((id): DatasetQuery => ({ id, text: texts.get(id)! }))
  return { documents, queries, judgements }
}

async function readGrades(path: string, queries: ReadonlyMap<string, string>): Promise<Judgements> {
  const judgements: Judgements = new Map()
  let head = true
  for await (const { text, place } of linesOf(path)) {
    const fields = text.split('\t')
    const isHead = head && fields[2]?.trim() === 'score'
    head = false
    if (isHead) continue
    if (fields.length !== 3)
      throw corrupt(place, 'query id, document id and grade, with tabs between', text.slice(0, 80))
    const [query, document, grade] = fields as [string, string, string]
    if (!queries.has(query)) throw corrupt(place, 'a query of queries.jsonl', JSON.stringify(query))
    addGrade(judgements, query, document, grade.trim(), place)
  }
  return judgements
}

/** Writes a data set as readBeir reads it. Ids may hold no tab or line end. */
export async function writeBeir(folder: string, dataset: Dataset, options?: BeirOptions): Promise<void> {
  check.path('folder', folder)
  await checkDataset(dataset)
  const split = splitOf(options, 'writeBeir')
  const field = (id: string) => fieldOf(id, /[\t\r\n]/, 'an id without tabs and line ends')
  await mkdir(join(folder, 'qrels'), { recursive: true })
  const line = (id: string, title: string | undefined, text: string) =>
    JSON.stringify(title === undefined ? { _id: id, text } : { _id: id, title, text })
  await writeLines(
    join(folder, 'corpus.jsonl'),
    dataset.documents.map(({ id, title, text }) => line(field(id), title ?? '', text)),
  )
  await writeLines(
    join(folder, 'queries.jsonl'),
    dataset.queries.map(({ id, text }) => line(field(id), undefined, text)),
  )
  const grades = [...dataset.judgements].flatMap(([query, documents]) =>
    [...documents].map(([document, grade]) => `${field(query)}\t${field(document)}\t${grade}`),
  )
  await writeLines(join(folder, 'qrels', `${split}.tsv`), ['query-id\tcorpus-id\tscore', ...grades])
}

function splitOf(options: BeirOptions | undefined, of: string): string {
  const { split = BEIR_SPLIT } = check.options(options, ['split'], of)
  check.path('split', split)
  if (/[/\\]/.test(split))
    throw wrongRange('split', 'the name of a file without its folder and ending', split)
  return split
}
