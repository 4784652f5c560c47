import type { Abort } from './abort'
import type { SearchParameters } from './index-parameters'
import type { Binding } from './native'
import { allocateResults } from './search'
import { Turns } from './turns'

/** One setting that was tried. */
export interface TunePoint {
  parameters: SearchParameters
  /** Share of the true k nearest vectors that the searches found, over all queries: recall@k. */
  recall: number
  /** Of all queries in one call, as this machine was busy then. */
  queriesPerSecond: number
}

/** The setting that was chosen, and all that led to it. */
export interface TuneResult extends TunePoint {
  /**
   * Whether `recall` reaches what was asked for. Where not, the index is as before, and this is its best
   * setting.
   */
  reached: boolean
  /** Every setting that was tried, by recall. */
  tried: TunePoint[]
}

/** The k nearest vectors of each query, as ids. */
export type TrueNeighbours = readonly ReadonlySet<bigint>[]

const MAX_EF_SEARCH = 4096
const MAX_K_FACTOR = 128
/**
 * Doubling a parameter that brings less than this, twice in a row, has come to what the rest of the index
 * allows.
 */
const PLATEAU = 0.0005
/** Repetitions of a finalist: the fastest counts, as other work can only slow a search down. */
const REPETITIONS = 3

/**
 * Finds the fastest setting that reaches a recall. Recall and time grow with each parameter: a bisection per
 * refinement factor finds the smallest breadth (nprobe, efSearch) that suffices, and among those pairs time
 * decides.
 */
export class Tuning {
  readonly tried: TunePoint[] = []
  readonly #index: Binding.VectorIndex
  readonly #queries: Float32Array
  readonly #k: number
  readonly #truth: TrueNeighbours
  readonly #total: number
  readonly #abort: Abort
  readonly #onPoint: (point: TunePoint) => void
  readonly #ids: BigInt64Array
  readonly #scores: Float32Array

  constructor(
    index: Binding.VectorIndex,
    queries: Float32Array,
    k: number,
    truth: TrueNeighbours,
    abort: Abort,
    onPoint: (point: TunePoint) => void,
  ) {
    this.#index = index
    this.#queries = queries
    this.#k = k
    this.#truth = truth
    this.#total = truth.reduce((sum, ids) => sum + ids.size, 0)
    this.#abort = abort
    this.#onPoint = onPoint
    const { ids, scores } = allocateResults('queries', truth.length, k)
    this.#ids = ids
    this.#scores = scores
  }

  async run(recall: number): Promise<TuneResult> {
    const { parameterRanges: ranges, count } = this.#index
    const breadth = 'nprobe' in ranges ? 'nprobe' : 'efSearch' in ranges ? 'efSearch' : undefined
    const most = breadth === 'nprobe' ? ranges.nprobe!.max : Math.min(MAX_EF_SEARCH, Math.max(1, count))
    const finalists: TunePoint[] = []
    let least = Infinity
    for (const factor of refinements('k_factor' in ranges, count / this.#k)) {
      const point = await this.#smallest(breadth, most, factor, recall)
      if (point === undefined) continue
      // A larger factor costs more, and pays only where it lets the breadth shrink.
      const needed = breadth ? point.parameters[breadth]! : 0
      if (needed >= least) break
      least = needed
      finalists.push(point)
    }
    for (const point of finalists)
      for (let i = 1; i < REPETITIONS && finalists.length > 1; i++) await this.#again(point)
    const best = finalists.sort(faster)[0] ?? [...this.tried].sort(better)[0]!
    this.tried.sort((a, b) => a.recall - b.recall || faster(a, b))
    return { ...best, reached: finalists.length > 0, tried: this.tried }
  }

  /** The smallest breadth that reaches the recall with this refinement factor. */
  async #smallest(
    breadth: 'nprobe' | 'efSearch' | undefined,
    most: number,
    factor: number | undefined,
    recall: number,
  ): Promise<TunePoint | undefined> {
    const at = (value: number) =>
      this.#measure({
        ...(breadth && { [breadth]: value }),
        ...(factor !== undefined && { k_factor: factor }),
      })
    const suffices = (point: TunePoint) => point.recall >= recall
    if (breadth === undefined) {
      const only = await at(0)
      return suffices(only) ? only : undefined
    }
    let below = 0
    let value = breadth === 'efSearch' ? Math.min(most, this.#k) : 1
    let point = await at(value)
    for (let flat = 0; !suffices(point); ) {
      if (value === most || flat === 2) return undefined
      const before = point.recall
      below = value
      value = Math.min(most, value * 2)
      point = await at(value)
      flat = point.recall - before < PLATEAU && before > 0 ? flat + 1 : 0
    }
    while (value - below > Math.max(1, value / 32)) {
      const middle = Math.floor((below + value) / 2)
      const next = await at(middle)
      if (suffices(next)) {
        value = middle
        point = next
      } else below = middle
    }
    return point
  }

  async #measure(parameters: SearchParameters): Promise<TunePoint> {
    const known = this.tried.find((point) => same(point.parameters, parameters))
    if (known) return known
    const queriesPerSecond = await this.#search(parameters)
    const point = { parameters, recall: await this.#recall(), queriesPerSecond }
    this.tried.push(point)
    this.#onPoint({ ...point })
    return point
  }

  async #again(point: TunePoint): Promise<void> {
    point.queriesPerSecond = Math.max(point.queriesPerSecond, await this.#search(point.parameters))
  }

  async #search(parameters: SearchParameters): Promise<number> {
    this.#abort.throwIfStopped()
    const start = performance.now()
    await this.#index.search(
      this.#queries,
      this.#k,
      parameters as Record<string, number>,
      this.#ids,
      this.#scores,
      null,
      this.#abort.cancellation(),
    )
    return this.#truth.length / (Math.max(performance.now() - start, 1e-3) / 1000)
  }

  async #recall(): Promise<number> {
    const turns = new Turns()
    let found = 0
    for (let row = 0; row < this.#truth.length; row++) {
      if (turns.due) await turns.pass()
      for (let i = row * this.#k; i < (row + 1) * this.#k; i++)
        if (this.#truth[row]!.has(this.#ids[i]!)) found++
    }
    return found / this.#total
  }
}

/** The first k ids of each row of ids, without the -1 pads. */
export async function trueNeighbours(
  ids: BigInt64Array,
  columns: number,
  k: number,
  signal: AbortSignal | undefined,
): Promise<TrueNeighbours> {
  const turns = new Turns(signal)
  const rows: Set<bigint>[] = []
  for (let start = 0; start < ids.length; start += columns) {
    if (turns.due) await turns.pass()
    rows.push(new Set(ids.subarray(start, start + k).filter((id) => id >= 0n)))
  }
  return rows
}

function refinements(has: boolean, most: number): (number | undefined)[] {
  if (!has) return [undefined]
  const factors = [1]
  while (factors.at(-1)! * 2 <= Math.min(MAX_K_FACTOR, most)) factors.push(factors.at(-1)! * 2)
  return factors
}

function same(a: SearchParameters, b: SearchParameters): boolean {
  return a.nprobe === b.nprobe && a.efSearch === b.efSearch && a.k_factor === b.k_factor
}

const faster = (a: TunePoint, b: TunePoint) => b.queriesPerSecond - a.queriesPerSecond
const better = (a: TunePoint, b: TunePoint) => b.recall - a.recall || faster(a, b)
