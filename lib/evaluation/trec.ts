import * as check from '../checks'
import { TREC_TAG } from '../defaults'
import { wrongType } from '../errors'
import type { Hit } from '../search-results'
import { checkJudgements, type Judgements } from './dataset'
import { addGrade, fieldOf } from './grades'
import { checkRun, type Run } from './run'
import { corrupt, linesOf, writeLines } from './text-file'

export interface TrecRunOptions {
  /** Name of the run, the last field of each line. Default: `'densenode'`. */
  tag?: string
}

/**
 * Reads a run in TREC's format: `query Q0 document rank score tag` a line, with white space between. As
 * trec_eval does, the order is that of the scores (as 32-bit floats) and not the rank that stands there; of
 * equal scores, the document with the larger id comes first.
 *
 * @throws DensenodeError FILE_NOT_FOUND, FILE_UNREADABLE; FILE_CORRUPT with file and line, also for a
 *   document that a query has twice.
 */
export async function readTrecRun(path: string): Promise<Run> {
  const scores = new Map<string, Map<string, number>>()
  for await (const { text, place } of linesOf(path)) {
    const fields = text.trim().split(/\s+/)
    if (fields.length !== 6)
      throw corrupt(place, 'query, Q0, document, rank, score and tag', text.slice(0, 80))
    const [query, , document, , score] = fields as [string, string, string, string, string, string]
    const value = Number(score)
    if (!Number.isFinite(value)) throw corrupt(place, 'a number as score', JSON.stringify(score))
    const hits = scores.get(query) ?? new Map<string, number>()
    if (hits.has(document))
      throw corrupt(place, `${JSON.stringify(document)} once for ${JSON.stringify(query)}`, 'a second time')
    scores.set(query, hits.set(document, value))
  }
  return new Map(Array.from(scores, ([query, hits]) => [query, inTrecOrder(hits)]))
}

function inTrecOrder(scores: ReadonlyMap<string, number>): Hit<string>[] {
  return Array.from(scores, ([id, score]) => ({ id, score })).sort(
    (a, b) => Math.fround(b.score) - Math.fround(a.score) || (a.id < b.id ? 1 : -1),
  )
}

/**
 * Writes a run in TREC's format, ranks from 1. Where scores are equal or fall in another order than the list
 * (as distances do), trec_eval would take another order: then 1 / rank stands in the place of all scores of
 * the query.
 */
export async function writeTrecRun(path: string, run: Run, options?: TrecRunOptions): Promise<void> {
  checkRun(run)
  const { tag = TREC_TAG } = check.options(options, ['tag'], 'writeTrecRun')
  field(check.string('tag', tag))
  await writeLines(path, runLines(run, tag))
}

function* runLines(run: Run, tag: string): Generator<string> {
  for (const [query, hits] of run) {
    const kept = hits.every(
      ({ score }, i) =>
        Number.isFinite(score) && (i === 0 || Math.fround(score) < Math.fround(hits[i - 1]!.score)),
    )
    for (const [i, { id, score }] of hits.entries())
      yield `${field(query)} Q0 ${field(id)} ${i + 1} ${kept ? score : 1 / (i + 1)} ${tag}`
  }
}

/**
 * Reads judgements in TREC's format (qrels): `query iteration document grade` a line, with white space
 * between.
 *
 * @throws As readTrecRun.
 */
export async function readTrecQrels(path: string): Promise<Judgements> {
  const judgements: Judgements = new Map()
  for await (const { text, place } of linesOf(path)) {
    const fields = text.trim().split(/\s+/)
    if (fields.length !== 4) throw corrupt(place, 'query, iteration, document and grade', text.slice(0, 80))
    const [query, , document, grade] = fields as [string, string, string, string]
    addGrade(judgements, query, document, grade, place)
  }
  return judgements
}

/** Writes judgements in TREC's format. */
export async function writeTrecQrels(path: string, judgements: Judgements): Promise<void> {
  checkJudgements('judgements', judgements)
  const lines = Array.from(judgements).flatMap(([query, grades]) =>
    Array.from(grades, ([document, grade]) => `${field(query)} 0 ${field(document)} ${grade}`),
  )
  await writeLines(path, lines)
}

function field(id: string): string {
  if (typeof id !== 'string') throw wrongType('id', 'a string', id)
  return fieldOf(id, /\s/, 'an id without white space')
}
