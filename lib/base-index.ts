import * as check from './checks'
import { runJob } from './job'
import { type Lifetime, Resource } from './lifetime'
import type { Binding } from './native'
import type { Ids } from './vector-index-options'

/** What BinaryIndex, SparseIndex and the lexical indexes share. */
export abstract class BaseIndex extends Resource {
  readonly #lifetime: Lifetime<Binding.Index>

  /** `maker` as for Resource. */
  protected constructor(lifetime: Lifetime<Binding.Index>, maker: string) {
    super(lifetime, maker)
    this.#lifetime = lifetime
  }

  /** Embeddings or texts in the index. */
  get count(): number {
    return this.#lifetime.use('count').count
  }

  /** Memory of what the index keeps of them, and of ids, in bytes. */
  get memoryBytes(): number {
    return this.#lifetime.use('memoryBytes').memoryBytes
  }

  /** Removes embeddings or texts by id and resolves with how many were there. */
  async remove(ids: Ids): Promise<number> {
    const index = this.#lifetime.use('remove')
    const given = check.ids('ids', ids)
    return await runJob([this.#lifetime], undefined, () => index.remove(given))
  }

  /**
   * Writes the index to a file, analyzer included where it has one: beside it first, then renamed over it, so that
   * a crash leaves the old file or the new one.
   *
   * @throws DensenodeError FILE_WRITE_FAILED.
   */
  async save(path: string): Promise<void> {
    const index = this.#lifetime.use('save')
    check.path('path', path)
    return await runJob([this.#lifetime], undefined, () => index.save(path))
  }
}
