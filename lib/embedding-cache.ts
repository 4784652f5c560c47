import type { Embeddings } from './embeddings'
import type { LinearAdapter } from './linear-adapter'
import type { Binding } from './native'

/** What an EmbeddingModel with `cacheBytes` has kept, and what came of it. */
export interface CacheStatistics {
  /** Embeddings kept. */
  entries: number
  /** Memory of the embeddings and their texts, about. */
  bytes: number
  /** The option `cacheBytes`; 0: nothing is kept. */
  maxBytes: number
  /** Lone texts embedded that were there, and that were not. */
  hits: number
  misses: number
  /** hits / (hits + misses); 0 before the first. */
  hitRate: number
}

interface Entry {
  data: Float32Array
  tokens: number
  bytes: number
}

/** Of an entry beside its values and the characters of its key: objects, a buffer, a place in the map. */
const ENTRY_BYTES = 300

const adapterNumbers = new WeakMap<LinearAdapter, number>()
let adapters = 0

function numberOf(adapter: LinearAdapter): number {
  const known = adapterNumbers.get(adapter)
  if (known !== undefined) return known
  adapterNumbers.set(adapter, ++adapters)
  return adapters
}

/** Of a text and all that its embedding depends on; undefined for what is no text. */
export function cacheKey(
  text: unknown,
  { prompt, task, dimension, normalize }: Binding.EmbedOptions,
  adapter: LinearAdapter | undefined,
): string | undefined {
  if (typeof text !== 'string') return undefined
  // The lengths come first, so that no two ways to cut it give the same.
  const numbers = [dimension, normalize, adapter && numberOf(adapter), task.length, prompt.length]
  return `${numbers.join(' ')} ${task}${prompt}${text}`
}

/** Embeddings of lone texts, such as queries; the least recently used go first. */
export class EmbeddingCache {
  // A Map keeps the order in which keys were set, and who is used is set again: the first is the oldest.
  readonly #entries = new Map<string, Entry>()
  readonly #maxBytes: number
  #bytes = 0
  #hits = 0
  #misses = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get enabled(): boolean {
    return this.#maxBytes > 0
  }

  get statistics(): CacheStatistics {
    const asked = this.#hits + this.#misses
    return {
      entries: this.#entries.size,
      bytes: this.#bytes,
      maxBytes: this.#maxBytes,
      hits: this.#hits,
      misses: this.#misses,
      hitRate: asked === 0 ? 0 : this.#hits / asked,
    }
  }

  /** What is kept for a key; to be copied. */
  read(key: string): Readonly<Entry> | undefined {
    const entry = this.#entries.get(key)
    if (!entry) {
      this.#misses++
      return undefined
    }
    this.#hits++
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry
  }

  keep(key: string, { data, tokenCounts }: Embeddings): void {
    const bytes = ENTRY_BYTES + 2 * key.length + data.byteLength
    if (bytes > this.#maxBytes) return
    this.#drop(key) // of a call for the same text at the same time
    this.#entries.set(key, { data: data.slice(), tokens: tokenCounts[0]!, bytes })
    this.#bytes += bytes
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#maxBytes) return
      this.#drop(oldest)
    }
  }

  #drop(key: string): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0
    this.#entries.delete(key)
  }
}
