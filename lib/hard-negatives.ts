import * as check from './checks'
import { MAX_INT32, MINING_BATCH_SIZE, MINING_RESULTS, RETRIEVER_TASK } from './defaults'
import { misuseMessage, wrongRange, wrongType } from './errors'
import { checkRules, choose } from './hard-negative-rules'
import type { SearchParameters } from './index-parameters'
import { isSimilarity } from './metric'
import type { ProgressOptions } from './progress'
import { chosenPromptOptions, type PromptOptions } from './prompts'
import { Retriever } from './retriever'
import { allocateRows } from './search'
import { type Hit, SearchResults } from './search-results'
import { cosineSimilarity, dotProduct } from './similarity'
import { texts as checkTexts } from './text-list'
import { Turns } from './turns'
import { VectorIndex } from './vector-index'
import type { Ids } from './vector-index-options'
import { type Vectors, vectorData } from './vectors'

export interface HardNegativeOptions extends PromptOptions, ProgressOptions {
  /** Negatives of one anchor, at least 1. Default: 3. */
  numNegatives?: number
  /** Nearest candidates to skip, which are often positives that nobody marked. Default: 0. */
  rangeMin?: number
  /**
   * Candidates to choose from, those skipped included. Default: rangeMin + numNegatives + the most positives
   * of an anchor, with ten times numNegatives where a margin or maxScore takes some away.
   */
  rangeMax?: number
  /** Largest score of a negative. Default: none. */
  maxScore?: number
  /** Smallest score of a negative. Default: none. */
  minScore?: number
  /** A negative's score must be so far below the positive's; 0: not above it. Default: none. */
  absoluteMargin?: number
  /**
   * The same as a share of the positive's score: 0.05 keeps scores up to 95 % of it, which NV-Retriever (de
   * Souza Moreira et al. 2024, arXiv 2407.15831) found best. Default: none.
   */
  relativeMargin?: number
  /** `'top'`: the nearest of the candidates that are left; `'random'`: any of them. Default: `'top'`. */
  samplingStrategy?: 'top' | 'random'
  /** Of `'random'`, from 0 to 2^53 - 1. Default: 0. */
  seed?: number
  /** Most anchors of one search: memory grows with it, results do not depend on it. Default: 1024. */
  batchSize?: number
  /** Search parameters, as VectorIndex.search takes them. */
  parameters?: SearchParameters
  /**
   * Called with anchors finished and anchors in all. What it throws stops the work and rejects the promise.
   */
  onProgress?: (done: number, total: number) => void
}

const OPTIONS = [
  'numNegatives',
  'rangeMin',
  'rangeMax',
  'maxScore',
  'minScore',
  'absoluteMargin',
  'relativeMargin',
  'samplingStrategy',
  'seed',
  'batchSize',
  'parameters',
  'prompt',
  'promptText',
  'task',
  'signal',
  'onProgress',
] as const

/**
 * Hard negatives: documents that are near an anchor (a query) but no answer to it, for training. Candidates
 * are the nearest documents of the index without the positives of the anchor; of those that margins and
 * scores leave, best first, rangeMin are skipped and numNegatives of the rest, up to the place rangeMax, are
 * taken. Names and rules are those of sentence-transformers' mine_hard_negatives (6.2): of several positives
 * the farthest counts for margins.
 *
 * @example
 * const negatives = await mineHardNegatives(index, queries, positives, { relativeMargin: 0.05, numNegatives: 5 })
 * const adapter = await LinearAdapter.train({ queries, documents, positives, negatives })
 *
 * @param source The documents: an index with metric ip or cosine. A Retriever for anchors that are texts,
 *   which it embeds as for a search, with its adapter.
 * @param anchors Embeddings, one or more, or texts for a Retriever.
 * @param positives Ids in the index: one an anchor, or an array of ids for each anchor.
 * @returns Row i has the negatives of anchor i, best first; it ends with id -1 where there are fewer.
 * @throws As VectorIndex.search and EmbeddingModel.embed; for margins, RangeError for a positive that is not
 *   in the index, and DensenodeError INDEX_UNSUPPORTED where a positive is not among the candidates and the
 *   index cannot reconstruct.
 */
export async function mineHardNegatives(
  source: VectorIndex | Retriever,
  anchors: Vectors | string | readonly string[],
  positives: Ids | readonly Ids[],
  options?: HardNegativeOptions,
): Promise<SearchResults> {
  const given = check.options(options, OPTIONS, 'mineHardNegatives')
  const index = checkSource(source)
  const { count, batch } = readAnchors(source, anchors, given)
  const positivesOf = checkPositives(positives, count)
  const rules = checkRules(given, positivesOf)
  const batchSize = check.integer('batchSize', given.batchSize ?? MINING_BATCH_SIZE, 1, MAX_INT32)
  const { onProgress, parameters } = given
  if (onProgress !== undefined) check.func('onProgress', onProgress)
  const signal = check.signal(given.signal)
  const { numNegatives } = rules
  const { ids, scores } = allocateRows('anchors', count, numNegatives)

  const turns = new Turns(signal)
  for (let first = 0, end = 0; first < count; first = end) {
    signal?.throwIfAborted()
    const k = Math.max(1, Math.min(rules.candidates, index.count))
    end = Math.min(count, first + Math.max(1, Math.min(batchSize, Math.floor(MINING_RESULTS / k))))
    const vectors = await batch(first, end, signal)
    const found = await index.search(vectors, k, {
      ...(parameters && { parameters }),
      ...(signal && { signal }),
    })
    for (let i = first; i < end; i++) {
      if (turns.due) await turns.pass()
      const row = found.hits(i - first, { bigint: true })
      const limit = rules.usesPositive
        ? await lowestScore(index, positivesOf[i]!, row, vectors, i - first)
        : Infinity
      const chosen = choose(row, positivesOf[i]!, limit, rules)
      chosen.forEach(({ id, score }, at) => {
        ids[i * numNegatives + at] = id
        scores[i * numNegatives + at] = score
      })
    }
    onProgress?.(end, count)
  }
  return new SearchResults(ids, scores, count, numNegatives)
}

function checkSource(source: VectorIndex | Retriever): VectorIndex {
  const index = source instanceof Retriever ? source.index : source
  if (!(index instanceof VectorIndex)) throw wrongType('source', 'a VectorIndex or a Retriever', source)
  if (isSimilarity(index.metric)) return index
  throw new RangeError(
    misuseMessage(
      'source',
      'an index with metric "ip" or "cosine", where larger scores are nearer',
      `"${index.metric}"`,
    ),
  )
}

function readAnchors(
  source: VectorIndex | Retriever,
  anchors: Vectors | string | readonly string[],
  given: HardNegativeOptions,
): { count: number; batch: (first: number, end: number, signal?: AbortSignal) => Promise<Float32Array> } {
  if (typeof anchors === 'string' || Array.isArray(anchors)) {
    if (!(source instanceof Retriever))
      throw wrongType(
        'anchors',
        'vectors, as "source" is a VectorIndex',
        anchors,
        'Give a Retriever for texts.',
      )
    const texts = checkTexts(anchors)
    const { model, queryAdapter: adapter } = source
    const promptOptions = chosenPromptOptions(model, given, RETRIEVER_TASK)
    const embed = async (first: number, end: number, signal?: AbortSignal) => {
      const options = {
        ...promptOptions,
        ...(adapter && { adapter }),
        ...(signal && { signal }),
      }
      return (await model.embed(texts.slice(first, end), options)).data
    }
    return { count: texts.length, batch: embed }
  }
  for (const name of ['prompt', 'promptText', 'task'] as const)
    if (given[name] !== undefined) throw wrongRange(name, 'nothing for anchors that are vectors', given[name])
  const { dimension } = checkSource(source)
  const data = vectorData('anchors', anchors as Vectors, dimension)
  return {
    count: data.length / dimension,
    batch: async (first, end) => data.subarray(first * dimension, end * dimension),
  }
}

/** The distinct positives of each anchor. */
function checkPositives(positives: Ids | readonly Ids[], count: number): ReadonlySet<bigint>[] {
  if (Array.isArray(positives) && positives.some((each) => typeof each === 'object')) {
    if (positives.length !== count)
      throw wrongRange('positives', `as many arrays of ids as there are anchors (${count})`, positives)
    return (positives as readonly Ids[]).map((each, i) => new Set(check.ids(`positives[${i}]`, each)))
  }
  const ids = check.ids('positives', positives, count, 'anchors')
  return Array.from(ids, (id) => new Set([id]))
}

/** The score of the farthest positive; Infinity for none. */
async function lowestScore(
  index: VectorIndex,
  positives: ReadonlySet<bigint>,
  row: readonly Hit<bigint>[],
  vectors: Float32Array,
  at: number,
): Promise<number> {
  const known = new Map(row.map(({ id, score }) => [id, score]))
  const anchor = vectors.subarray(at * index.dimension, (at + 1) * index.dimension)
  const similarity = index.metric === 'cosine' ? cosineSimilarity : dotProduct
  let lowest = Infinity
  for (const id of positives) {
    const score = known.get(id) ?? similarity(anchor, await index.reconstruct(id))
    lowest = Math.min(lowest, score)
  }
  return lowest
}
