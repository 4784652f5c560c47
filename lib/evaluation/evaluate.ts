import * as check from '../checks'
import { EVALUATION_BATCH_SIZE, EVALUATION_K, EVALUATION_METRICS, MAX_K } from '../defaults'
import { misuseMessage, wrongRange, wrongType } from '../errors'
import type { ProgressOptions } from '../progress'
import { type Hit, SearchResults } from '../search-results'
import { Turns } from '../turns'
import { checkDataset, type Dataset, type DatasetQuery } from './dataset'
import { type Latency, latencyOf } from './latency'
import { parseMetrics, type RelevanceMetric } from './metrics'
import { checkRanking, type Run } from './run'
import { RunScorer, type RunScores } from './score-run'

type DocumentId = string | number | bigint

/**
 * Finds up to k documents for each text, best first. Numbers and bigints are positions in dataset.documents,
 * or what `documentIds` says; strings are document ids.
 */
export type Retrieve = (
  texts: string[],
  k: number,
  options: { signal?: AbortSignal },
) => Promise<SearchResults | readonly (readonly Hit<DocumentId>[])[]>

/** Retriever, HybridRetriever, Bm25Index, TfidfIndex, and what is made like them. */
export interface TextSearcher {
  search(texts: string[], k: number, options?: { signal?: AbortSignal }): ReturnType<Retrieve>
}

export interface EvaluateOptions extends ProgressOptions {
  /** Default: ndcg@10, mrr@10, map@100, recall@10, recall@100 and precision@10. */
  metrics?: readonly RelevanceMetric[]
  /** Documents to find for each query. Default: the largest cut-off of the metrics, or 100. */
  k?: number
  /** Queries of one search call. Default: 1, so that the latency is that of one query. */
  batchSize?: number
  /**
   * Document ids by the ids of the index: an array by position, or a Map. Default: position i is
   * dataset.documents[i].
   */
  documentIds?: readonly string[] | ReadonlyMap<number | bigint, string>
  /** Called with queries done and queries in all. */
  onProgress?: (done: number, total: number) => void
}

export interface Evaluation extends RunScores {
  /** Of one search call of `batchSize` queries, in milliseconds. */
  latency: Latency
  queriesPerSecond: number
  batchSize: number
  k: number
  /** What was found, to look at or for writeTrecRun. */
  run: Run
}

/**
 * Asks each judged query of a data set and holds the answers against its judgements. Calls come one after the
 * other and are timed; the first goes ahead once more, untimed, to warm up.
 *
 * @example
 * const dataset = await readBeir('scifact')
 * await retriever.add(documentTexts(dataset))
 * const { metrics, latency } = await evaluate(retriever, dataset)
 *
 * @throws RangeError for an id that is no document's, and for a document that is found twice for a query.
 */
export async function evaluate(
  retrieve: Retrieve | TextSearcher,
  dataset: Dataset,
  options?: EvaluateOptions,
): Promise<Evaluation> {
  const search = searchOf(retrieve)
  const given = check.options(
    options,
    ['metrics', 'k', 'batchSize', 'documentIds', 'onProgress', 'signal'],
    'evaluate',
  )
  const metrics = given.metrics ?? EVALUATION_METRICS
  const scorer = new RunScorer(metrics)
  const cutOffs = parseMetrics(metrics).map(({ k }) => (Number.isFinite(k) ? k : EVALUATION_K))
  const k = check.integer('k', given.k ?? Math.max(...cutOffs), 1, MAX_K)
  const batchSize = check.integer('batchSize', given.batchSize ?? EVALUATION_BATCH_SIZE, 1, MAX_K)
  if (given.onProgress !== undefined) check.func('onProgress', given.onProgress)
  const signal = check.signal(given.signal)
  await checkDataset(dataset)
  const idOf = documentIdOf(dataset, given.documentIds)
  const queries = dataset.queries.filter(({ id }) => dataset.judgements.has(id))
  if (queries.length === 0)
    throw wrongRange('dataset.queries', 'at least one query with judgements', dataset.queries)

  const ask = (asked: readonly DatasetQuery[]) =>
    search(
      asked.map(({ text }) => text),
      k,
      signal ? { signal } : {},
    )
  await ask(queries.slice(0, batchSize))
  const turns = new Turns(signal)
  const run: Run = new Map()
  const durations: number[] = []
  for (let begin = 0; begin < queries.length; begin += batchSize) {
    signal?.throwIfAborted()
    const asked = queries.slice(begin, begin + batchSize)
    const start = performance.now()
    const found = await ask(asked)
    durations.push(performance.now() - start)
    const rankingOf = rankingsOf(found, asked.length)
    for (const [i, { id: query }] of asked.entries()) {
      if (turns.due) await turns.pass()
      const ranking = rankingOf(i)
        .slice(0, k)
        .map(({ id, score }) => ({ id: idOf(id), score }))
      checkRanking(`run.get(${JSON.stringify(query)})`, ranking)
      run.set(query, ranking)
    }
    given.onProgress?.(begin + asked.length, queries.length)
  }
  for (const [query, grades] of dataset.judgements) {
    if (turns.due) await turns.pass()
    scorer.add(query, run.get(query) ?? [], grades)
  }
  return {
    ...scorer.scores(),
    latency: latencyOf(durations),
    queriesPerSecond: (queries.length * 1000) / durations.reduce((sum, ms) => sum + ms, 0),
    batchSize,
    k,
    run,
  }
}

function searchOf(retrieve: Retrieve | TextSearcher): Retrieve {
  if (typeof retrieve === 'function') return retrieve
  if (typeof retrieve !== 'object' || retrieve === null || typeof retrieve.search !== 'function')
    throw wrongType('retrieve', 'a function, or an object with search(texts, k)', retrieve)
  return (texts, k, options) => retrieve.search(texts, k, options)
}

/** The ranking of each of `count` texts. */
function rankingsOf(
  found: SearchResults | readonly (readonly Hit<DocumentId>[])[],
  count: number,
): (i: number) => readonly Hit<DocumentId>[] {
  const expected = `results for ${count} texts: SearchResults, or an array of rankings`
  if (found instanceof SearchResults) {
    if (found.count !== count) throw wrongRange('what retrieve gave', expected, found)
    return (i) => found.hits(i, { bigint: true })
  }
  if (!Array.isArray(found)) throw wrongType('what retrieve gave', expected, found)
  if (found.length !== count) throw wrongRange('what retrieve gave', expected, found)
  return (i) => found[i] as readonly Hit<DocumentId>[]
}

/** From the ids of an index to those of the documents. */
function documentIdOf(
  dataset: Dataset,
  documentIds: EvaluateOptions['documentIds'],
): (id: DocumentId) => string {
  if (documentIds !== undefined && !(documentIds instanceof Map) && !Array.isArray(documentIds))
    throw wrongType('documentIds', 'an array or a Map of document ids', documentIds)
  const find = (id: number | bigint): string | undefined => {
    if (documentIds instanceof Map)
      return documentIds.get(id) ?? documentIds.get(typeof id === 'bigint' ? Number(id) : BigInt(id))
    return documentIds ? (documentIds as readonly string[])[Number(id)] : dataset.documents[Number(id)]?.id
  }
  return (id) => {
    if (typeof id === 'string') return id
    const document = find(id)
    if (document !== undefined) return document
    const expected = documentIds
      ? 'an id that documentIds has'
      : `the position of one of the ${dataset.documents.length} documents`
    throw new RangeError(
      misuseMessage('documentIds', expected, String(id), 'Give documentIds for an index with other ids.'),
    )
  }
}
