import type { Metric } from './metric'
import type { Recommendation } from './recommend'

/*
 * What recommend() knows of the index families: which suit how many vectors, what they take and what they find. Recalls
 * are recall@10 of real embeddings, the lowest of the measured sets (bench/index-families.mjs): 384 dimensions, and
 * queries like the stored texts as well as queries of another kind.
 */

export interface Situation {
  count: number
  dimension: number
  metric: Metric
  recall: number
  onGpu: boolean
  /** What searches of a family keep beside vectors in fp32, a byte for each value; 0: none. */
  byteCodeBytes: (family: 'Flat' | 'IVF' | 'centroids' | 'HNSW', lists?: number) => number
}

export type Candidate = Recommendation

/** How the vectors are kept. */
interface Code {
  name: string
  bytes: number
  /** recall@10 of comparing with all codes. */
  recall: number
  /** Bytes beside the vectors. */
  fixedBytes: number
  says: string
}

type Points = readonly (readonly [recall: number, value: number])[]

/**
 * Share of 100 cells to compare: of 10,000 to 12,000 vectors, the fewest of this family; of more, less would
 * do.
 */
const SHARE_OF_100: Points = [
  [0.9, 0.18],
  [0.95, 0.26],
  [0.97, 0.36],
  [0.98, 0.46],
  [0.99, 0.55],
  [0.995, 0.68],
]
/** The same of 1000 cells of 117,000 vectors. */
const SHARE_OF_1000: Points = [
  [0.9, 0.032],
  [0.93, 0.048],
  [0.95, 0.08],
  [0.96, 0.1],
  [0.97, 0.128],
  [0.98, 0.192],
  [0.99, 0.28],
  [0.995, 0.4],
]
/** efSearch for 117,000 vectors. */
const EF_SEARCH: Points = [
  [0.9, 20],
  [0.95, 44],
  [0.97, 80],
  [0.98, 96],
  [0.985, 128],
  [0.99, 192],
  [0.995, 256],
]
const EF_SEARCH_COUNT = 117_000
/** From 12,000 to 117,000 vectors, efSearch for the same recall grew by 2 (.95) to 3 (.98). */
const EF_SEARCH_GROWTH = Math.log10(2.5)

/** FAISS samples 256 training vectors a cell at most, and wants 39 or more. */
const MOST_TRAINING_PER_CELL = 256
const TRAINING_PER_CELL = 64
const MOST_CELLS_TRAINED_IN_FULL = 1000
const TRAINING_ROUNDS = 10
/**
 * Floating-point operations a second of one core, in FAISS's matrix products and in the walks through a
 * graph.
 */
const PRODUCT_RATE = 60e9
const GRAPH_RATE = 15e9
const HNSW_LINKS = 32
/**
 * Vectors that Flat compares in the time that HNSW takes for one of its efSearch candidates, both by codes first, a middle
 * for all sizes of a call. 117,791 x 384, efSearch 44 and 80 (2 cores with AMX): 3,400 to 3,800 in batches of 1,000, of
 * 16,200 queries/s beside 11,500 and 6,900, 1,900 to 2,300 in batches of 32, 500 to 600 for a lone query. VNNI without
 * AMX does .6 of that in batches, and as much for lone queries. So at the crossing, 200,000 vectors for a recall of .97,
 * Flat does more in batches, and its lone query takes 2 ms. IVF for .978 (nprobe 128 of 1,000) is as fast as Flat there
 * in batches of 1,000 and 1.8 times as fast for a lone query.
 */
const COMPARED_PER_CANDIDATE = 2_000
const CELLS_WITH_GRAPH = 16_384
/** A GPU probes at most 2048 cells. */
const MOST_GPU_CELLS = 4096

/** Families for a situation, the fastest search first. */
export function candidates(situation: Situation): Candidate[] {
  const { count, recall, metric, onGpu } = situation
  if (metric === 'l1' && onGpu) return [exhaustive(situation, flatCode(situation))]
  const codes = metric === 'l1' ? [flatCode(situation)] : codesOf(situation)
  const cells = codes.map((code) => ivf(situation, code))
  const scannable = onGpu ? codes.filter(({ name }) => name === 'Flat' || name === 'SQfp16') : codes
  const scans = scannable.map((code) => exhaustive(situation, code))
  // A GPU compares a million vectors in the time that IVF takes there.
  if (onGpu) return count < 1_000_000 ? [...scans, ...cells] : [...cells, scans[0]!]
  if (recall === 1 || count < 10_000) return scans
  const [, efSearch] = graphSearch(count, recall, 1)
  const coded = situation.byteCodeBytes('Flat') > 0
  if (coded && count <= COMPARED_PER_CANDIDATE * efSearch) return [scans[0]!, ...cells, ...scans.slice(1)]
  if (!coded && count < 1_000_000) return [cells[0]!, scans[0]!, ...cells.slice(1), ...scans.slice(1)]
  const graphs = codes.filter(({ name }) => !name.startsWith('PQ')).map((code) => hnsw(situation, code))
  const several = [...graphs, ...cells, scans[0]!]
  return count < 10_000_000 || metric === 'l1' ? several : [refined(situation), ...several]
}

function exhaustive(situation: Situation, code: Code): Candidate {
  const { count, dimension } = situation
  const exact = code.recall === 1
  const byteCodes = exact ? situation.byteCodeBytes('Flat') : 0
  return {
    factory: code.name,
    parameters: {},
    recall: code.recall,
    memoryBytes: count * code.bytes + code.fixedBytes + byteCodes,
    trainingCount: exact || code.name === 'SQfp16' ? 0 : Math.min(count, 65_536),
    buildSeconds: round((count * dimension * (code.name.startsWith('PQ') ? 512 : 8)) / PRODUCT_RATE),
    reason: exact
      ? `comparing with every vector${byteCodes > 0 ? ', by a byte for each value first,' : ''} is exact and needs no training.`
      : `comparing with every vector, ${code.says}.`,
  }
}

/** Cells: 100, 1000, then a power of two near four times the root of the count. */
function cellsOf({ count, onGpu }: Situation): number {
  if (count < 100_000) return 100
  if (count < 1_000_000) return 1000
  const cells = 2 ** Math.round(Math.log2(4 * Math.sqrt(count)))
  return onGpu ? Math.min(cells, MOST_GPU_CELLS) : cells
}

function ivf(situation: Situation, code: Code): Candidate {
  const { count, dimension, recall, onGpu } = situation
  const cells = cellsOf(situation)
  const points = cells === 100 ? SHARE_OF_100 : SHARE_OF_1000
  const [found, share] = reaching(points, recall, code.recall)
  const nprobe = Math.max(1, Math.ceil(share * cells))
  return {
    factory: `${coarse(cells, onGpu)},${code.name}`,
    parameters: { nprobe },
    recall: round(found * code.recall),
    memoryBytes:
      count * (code.bytes + 8) +
      cellBytes(cells, dimension) +
      code.fixedBytes +
      tableBytes(situation, cells, code) +
      (code.name === 'Flat' ? situation.byteCodeBytes('IVF', cells) : centroidCodeBytes(situation, cells)),
    trainingCount: trainingCount(count, cells),
    buildSeconds: round(trainingSeconds(situation, cells) + (2 * count * cells * dimension) / PRODUCT_RATE),
    reason: `a search compares with ${nprobe} of ${cells} cells, about ${percent(share)} of the vectors${code.says && `, ${code.says}`}.`,
  }
}

/** The recall of a search through the graph, and its efSearch. */
function graphSearch(count: number, recall: number, ofCode: number): readonly [number, number] {
  const [found, efSearch] = reaching(EF_SEARCH, recall, ofCode)
  return [found, Math.ceil(efSearch * Math.max(1, (count / EF_SEARCH_COUNT) ** EF_SEARCH_GROWTH))]
}

export function hnsw(situation: Situation, code: Code): Candidate {
  const { count, dimension, recall } = situation
  const [found, efSearch] = graphSearch(count, recall, code.recall)
  return {
    factory: code.name === 'Flat' ? `HNSW${HNSW_LINKS}` : `HNSW${HNSW_LINKS},${code.name}`,
    parameters: { efSearch },
    recall: round(found * code.recall),
    // Two rows of links on the lowest level, one on each above; a level and an offset of each vector.
    memoryBytes: Math.round(
      count * (code.bytes + (4 * HNSW_LINKS * (2 * HNSW_LINKS - 1)) / (HNSW_LINKS - 1) + 12) +
        (code.name === 'Flat' ? situation.byteCodeBytes('HNSW') : 0),
    ),
    trainingCount: code.name === 'SQ8' ? Math.min(count, 65_536) : 0,
    buildSeconds: round((count * Math.log2(count) * dimension * 2 * HNSW_LINKS * 8) / GRAPH_RATE),
    reason: `a graph of ${HNSW_LINKS} links a vector finds its way in few comparisons${code.says && `, ${code.says}`}; removed vectors are marked, until compact().`,
  }
}

/** Short codes choose candidates, longer ones put them in order. */
export function refined(situation: Situation): Candidate {
  const { count, dimension, recall } = situation
  const cells = cellsOf(situation)
  const m = divisor(dimension, dimension / 2)
  const [found, share] = reaching(SHARE_OF_1000, recall, SQ8_RECALL)
  const nprobe = Math.ceil(share * cells)
  return {
    factory: `${coarse(cells, false)},PQ${m}x4fs,Refine(SQ8)`,
    parameters: { nprobe, k_factor: 4 },
    recall: round(found * SQ8_RECALL),
    memoryBytes: Math.round(
      count * (m / 2 + 8 + dimension) +
        cells * 8 * m +
        cellBytes(cells, dimension) +
        centroidCodeBytes(situation, cells),
    ),
    trainingCount: trainingCount(count, cells),
    buildSeconds: round(trainingSeconds(situation, cells) + (2 * count * 1024 * dimension) / PRODUCT_RATE),
    reason: `codes of ${m / 2} bytes choose candidates in ${nprobe} of ${cells} cells, and codes of ${dimension} bytes put them in order.`,
  }
}

const SQ8_RECALL = 0.99

export function flatCode({ dimension }: Situation): Code {
  return { name: 'Flat', bytes: 4 * dimension, recall: 1, fixedBytes: 0, says: '' }
}

/** From the longest to the shortest. */
function codesOf(situation: Situation): Code[] {
  const { dimension } = situation
  const half = {
    name: 'SQfp16',
    bytes: 2 * dimension,
    recall: 0.999,
    fixedBytes: 0,
    says: 'in 16 bits a value',
  }
  const byte = { name: 'SQ8', bytes: dimension, recall: SQ8_RECALL, fixedBytes: 0, says: 'in 8 bits a value' }
  return [flatCode(situation), half, byte, ...productCodes(situation)]
}

/** Product quantizers, with the recall of their codes alone. */
function productCodes({ dimension, onGpu }: Situation): Code[] {
  const codes: Code[] = []
  for (const [part, recall] of PRODUCT_RECALLS) {
    const m = onGpu ? gpuCodeLength(dimension, dimension / part) : divisor(dimension, dimension / part)
    if (m === undefined || codes.some(({ bytes }) => bytes === m)) continue
    codes.push({
      name: `PQ${m}`,
      bytes: m,
      recall,
      fixedBytes: 1024 * dimension,
      says: `in codes of ${m} bytes`,
    })
  }
  return codes
}

/** m is the dimension divided by `part`; 8,000 training vectors, fewer than recommended. */
const PRODUCT_RECALLS: readonly (readonly [part: number, recall: number])[] = [
  [2, 0.93],
  [4, 0.81],
  [8, 0.69],
]
/** What FAISS's kernels are made for. */
const GPU_CODE_LENGTHS = [96, 64, 56, 48, 40, 32, 28, 24, 20, 16, 12, 8, 4, 3, 2, 1]

function gpuCodeLength(dimension: number, most: number): number | undefined {
  return GPU_CODE_LENGTHS.find((m) => m <= most && dimension % m === 0)
}

/** The largest divisor that is not above `most`. */
function divisor(dimension: number, most: number): number {
  let m = Math.max(1, Math.floor(most))
  while (dimension % m !== 0) m--
  return m
}

/**
 * The least that reaches the recall, together with what the code loses; without it where both cannot be had.
 */
function reaching(points: Points, recall: number, ofCode: number): readonly [number, number] {
  const least = (wanted: number) => points.find(([found]) => found >= wanted)
  return least(recall / ofCode) ?? least(recall) ?? points.at(-1)!
}

/** Many cells are looked for by a graph over their centroids, which GPUs lack. */
function coarse(cells: number, onGpu: boolean): string {
  return cells >= CELLS_WITH_GRAPH && !onGpu ? `IVF${cells}_HNSW${HNSW_LINKS}` : `IVF${cells}`
}

/** Centroids, their graph, and the heads of the lists. */
function cellBytes(cells: number, dimension: number): number {
  return cells * (4 * dimension + 176 + (cells >= CELLS_WITH_GRAPH ? 8 * HNSW_LINKS : 0))
}

/** Graphs need none. */
function centroidCodeBytes({ byteCodeBytes }: Situation, cells: number): number {
  return cells < CELLS_WITH_GRAPH ? byteCodeBytes('centroids', cells) : 0
}

/** For l2, FAISS computes the products of all centroids and codes once, where they fit 2 GiB. */
function tableBytes({ metric }: Situation, cells: number, code: Code): number {
  const bytes = metric === 'l2' && code.name.startsWith('PQ') ? 1024 * cells * code.bytes : 0
  return bytes <= 2 ** 31 ? bytes : 0
}

function trainingCount(count: number, cells: number): number {
  const each = cells <= MOST_CELLS_TRAINED_IN_FULL ? MOST_TRAINING_PER_CELL : TRAINING_PER_CELL
  return Math.min(count, cells * each)
}

function trainingSeconds({ count, dimension }: Situation, cells: number): number {
  return (2 * TRAINING_ROUNDS * trainingCount(count, cells) * cells * dimension) / PRODUCT_RATE
}

const percent = (share: number) => `${Number((100 * share).toPrecision(2))} %`
/** Three digits. */
const round = (value: number) => Number(value.toPrecision(3))
