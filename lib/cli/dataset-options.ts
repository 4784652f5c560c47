import { readBeir } from '../evaluation/beir'
import type { Dataset } from '../evaluation/dataset'
import { readJsonlDataset } from '../evaluation/jsonl'
import { readSquad } from '../evaluation/squad'
import { UsageError } from './command'

/** The options of parseArgs that name a data set. */
export const DATASET_OPTIONS = {
  beir: { type: 'string' },
  split: { type: 'string' },
  squad: { type: 'string' },
  documents: { type: 'string' },
  questions: { type: 'string' },
} as const

export const DATASET_USAGE = [
  '  --beir FOLDER        a folder of corpus.jsonl, queries.jsonl and qrels/<split>.tsv',
  '  --split NAME         of --beir (default: test)',
  '  --squad FILE         JSON of SQuAD 1.1 or 2.0',
  '  --documents FILE     JSON Lines of { "text", "id"?, "title"? }, together with',
  '  --questions FILE     JSON Lines of { "text", "relevant": [ids] or { id: grade } }',
]

type DatasetValues = { [Name in keyof typeof DATASET_OPTIONS]?: string }

export const namesDataset = ({ beir, squad, documents, questions }: DatasetValues): boolean =>
  [beir, squad, documents ?? questions].some((value) => value !== undefined)

export async function readDataset({
  beir,
  split,
  squad,
  documents,
  questions,
}: DatasetValues): Promise<Dataset> {
  const given = [beir, squad, documents ?? questions].filter((value) => value !== undefined)
  if (given.length !== 1)
    throw new UsageError('expected one data set: --beir, --squad, or --documents with --questions')
  if (split !== undefined && beir === undefined) throw new UsageError('--split goes with --beir')
  if (beir !== undefined) return readBeir(beir, split === undefined ? {} : { split })
  if (squad !== undefined) return readSquad(squad)
  if (documents === undefined || questions === undefined)
    throw new UsageError('--documents and --questions go together')
  return readJsonlDataset(documents, questions)
}
