import { readFileSync } from 'node:fs'
import * as path from 'node:path'

/** What test/fixtures/make_ranking_references.py wrote. */
export const folder = path.resolve(__dirname, '../../../test/fixtures/ranking')

type PerQuery = Record<string, Record<string, number>>

export interface Expected {
  runs: Record<string, { trec_eval: PerQuery; ranx?: PerQuery }>
  fusion: { lists: [string, number][][]; weights: number[] } & Record<string, Record<string, number>>
  mmr: { query: number[]; vectors: number[][]; chosen: { lambda: number; ids: number[] }[] }
  percentiles: { values: number[]; expected: Record<string, number> }
}

export const expected = JSON.parse(readFileSync(path.join(folder, 'expected.json'), 'utf8')) as Expected
