/// <reference lib="esnext.disposable" preserve="true" />
import { setImmediate } from 'node:timers/promises'

interface NativeObject {
  dispose(): void | Promise<void>
}

/**
 * The state of a public object over its native one: open, then closing while jobs are in flight, then closed.
 * The native object is let go exactly once, after the last job.
 */
export class Lifetime<Native extends NativeObject = NativeObject> {
  #native: Native | undefined
  #jobs = 0
  #closing: Promise<void> | undefined
  #lastJobEnded: (() => void) | undefined

  /** `className` stands in the messages. */
  constructor(
    readonly className: string,
    native: Native,
  ) {
    this.#native = native
  }

  get closed(): boolean {
    return this.#closing !== undefined
  }

  /** Calls that have not settled. */
  get pending(): number {
    return this.#jobs
  }

  /** The native object for a call of `method`; throws TypeError once dispose() has been called. */
  use(method: string): Native {
    if (this.#closing || !this.#native)
      throw new TypeError(
        `densenode: ${this.className}.${method} was called on a disposed ${this.className}.`,
      )
    return this.#native
  }

  /** Counts a job in flight until end(). Call use() before. */
  begin(): void {
    this.#jobs++
  }

  end(): void {
    if (--this.#jobs === 0) this.#lastJobEnded?.()
  }

  /** Every call returns the same promise. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    if (this.#jobs > 0) {
      await new Promise<void>((resolve) => {
        this.#lastJobEnded = resolve
      })
      await setImmediate() // who awaits the last job sees its result first
    }
    const native = this.#native
    this.#native = undefined
    await native?.dispose()
  }
}

const lifetimes = new WeakMap<Resource, Lifetime>()

/** For classes that work on another's native object; `Native` is what that class made its Lifetime with. */
export function lifetimeOf<Native extends NativeObject>(resource: Resource): Lifetime<Native> {
  return lifetimes.get(resource) as Lifetime<Native>
}

/** What every class with native memory shares: the end of its life. */
export abstract class Resource {
  /** `maker` is named where JavaScript calls a constructor that is private to TypeScript only. */
  protected constructor(lifetime: Lifetime, maker: string) {
    if (!(lifetime instanceof Lifetime))
      throw new TypeError(`densenode: ${new.target.name} has no public constructor. Call ${maker}`)
    lifetimes.set(this, lifetime)
  }

  /** Whether dispose() has been called. */
  get disposed(): boolean {
    return lifetimes.get(this)!.closed
  }

  /**
   * Closes the object: further calls throw TypeError. Resolves when the jobs in flight have ended and the
   * native memory has been let go (a model or an index that other threads hold stays with them). Further
   * calls return the same promise. To end jobs sooner, abort their signals first.
   */
  dispose(): Promise<void> {
    return lifetimes.get(this)!.close()
  }

  // Node 20 has both symbols since 20.5; before that, these are two methods that nothing calls.

  /** For `using`: begins dispose() and does not wait for it. */
  [Symbol.dispose](): void {
    void this.dispose()
  }

  /** For `await using`: dispose(). */
  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }
}
