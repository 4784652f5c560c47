import { MMR_LAMBDA } from './defaults'
import { normalized, reciprocalRankFusion, type ScoreNormalization, weightedFusion } from './fusion'
import { isSimilarity } from './metric'
import { chooseDiverse } from './mmr'
import { allocateRows } from './search'
import { type Hit, SearchResults } from './search-results'
import { Turns } from './turns'
import type { VectorIndex } from './vector-index'

export const FUSION_METHODS = ['rrf', 'weighted'] as const
export type FusionMethod = (typeof FUSION_METHODS)[number]

export interface CheckedFusion {
  method: FusionMethod
  /** Of the dense and the lexical list. */
  weights: [number, number]
  rankConstant?: number
  normalization?: ScoreNormalization
  mmr?: { lambda?: number }
}

/** Joins the rankings of both indexes, query by query, in slices that leave the event loop free. */
export async function fuseResults(
  { dense, lexical }: { dense: SearchResults; lexical: SearchResults },
  index: VectorIndex,
  k: number,
  fusion: CheckedFusion,
  signal: AbortSignal | undefined,
): Promise<SearchResults> {
  const { count, tokenCounts } = dense
  const { ids, scores } = allocateRows('texts', count, k)
  const similar = isSimilarity(index.metric)
  const turns = new Turns(signal)
  for (let query = 0; query < count; query++) {
    if (turns.due) await turns.pass()
    const near = dense.hits(query, { bigint: true })
    const lists = [similar ? near : near.map(negated), lexical.hits(query, { bigint: true })]
    const fused = fuse(lists, fusion)
    const best = fusion.mmr ? await diverse(fused, index, k, fusion.mmr, signal) : fused
    for (const [i, { id, score }] of best.slice(0, k).entries()) {
      ids[query * k + i] = id
      scores[query * k + i] = score
    }
  }
  return new SearchResults(ids, scores, count, k, tokenCounts)
}

function fuse(lists: Hit<bigint>[][], fusion: CheckedFusion): Hit<bigint>[] {
  const { method, weights, rankConstant, normalization } = fusion
  return method === 'rrf'
    ? reciprocalRankFusion(lists, { weights, rankConstant })
    : weightedFusion(lists, { weights, normalization })
}

/** Distances as similarities. */
function negated({ id, score }: Hit<bigint>): Hit<bigint> {
  return { id, score: -score }
}

/** The k of `fused` that maximal marginal relevance chooses, with its values as scores. */
async function diverse(
  fused: Hit<bigint>[],
  index: VectorIndex,
  k: number,
  { lambda = MMR_LAMBDA }: { lambda?: number },
  signal: AbortSignal | undefined,
): Promise<Hit<bigint>[]> {
  if (fused.length === 0) return fused
  const vectors = await index.reconstructBatch(fused.map(({ id }) => id))
  const scores = fused.map(({ score }) => score)
  const relevance = Float64Array.from(normalized(scores, 'minmax'))
  const chosen = await chooseDiverse({ relevance }, vectors, index.dimension, k, lambda, signal)
  return chosen.map(({ id, score }) => ({ id: fused[id]!.id, score }))
}
