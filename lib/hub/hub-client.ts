import { DensenodeError } from '../errors'
import { version } from '../native'
import { refused, unreachable } from './hub-errors'
import type { HubFile } from './needed-files'
import type { HubSettings } from './settings'

/** What is used of the package @huggingface/hub. */
interface HubLibrary {
  HUB_URL: string
  modelInfo(params: {
    name: string
    revision: string
    hubUrl: string
    additionalFields: ['sha']
    fetch: typeof fetch
  }): Promise<{ name: string; sha: string }>
  listFiles(params: {
    repo: string
    revision: string
    recursive: boolean
    hubUrl: string
    fetch: typeof fetch
  }): AsyncIterable<{
    type: string
    path: string
    size: number
    oid?: string
    lfs?: { oid: string; size: number }
  }>
}

/** Most files of a repository: a hub that lists on and on must not fill the memory. */
const MAX_FILES = 100_000
const COMMIT = /^[0-9a-f]{40}$/
const DIGEST = { sha256: /^[0-9a-f]{64}$/, 'git-sha1': /^[0-9a-f]{40}$/ }

/** A hub that speaks the protocol of @huggingface/hub: models by id, their revisions and files. */
export class HubClient {
  readonly #library: HubLibrary
  readonly #endpoint: string
  readonly #token: string | undefined
  readonly #timeoutMs: number
  readonly #signal: AbortSignal | undefined

  /** @param timeoutMs Longest wait for the head of an answer. */
  constructor(settings: HubSettings, timeoutMs: number, signal: AbortSignal | undefined) {
    this.#library = loadLibrary()
    this.#endpoint = settings.endpoint ?? this.#library.HUB_URL
    this.#token = settings.token
    this.#timeoutMs = timeoutMs
    this.#signal = signal
  }

  /** The model's name today (models are renamed) and the commit that a branch, tag or commit id means. */
  async resolve(id: string, revision: string): Promise<{ id: string; commit: string }> {
    const fetch = this.#fetchFor(id, revision)
    const { name, sha } = await this.#library
      .modelInfo({ name: id, revision, hubUrl: this.#endpoint, additionalFields: ['sha'], fetch })
      .catch((error: unknown) => Promise.reject(this.#translate(error)))
    if (!COMMIT.test(sha)) throw unreachable(this.#endpoint, new Error('its answer names no commit'))
    return { id: typeof name === 'string' ? name : id, commit: sha }
  }

  async files(id: string, commit: string): Promise<HubFile[]> {
    const fetch = this.#fetchFor(id, commit)
    const files: HubFile[] = []
    try {
      const entries = this.#library.listFiles({
        repo: id,
        revision: commit,
        recursive: true,
        hubUrl: this.#endpoint,
        fetch,
      })
      for await (const { type, path, size, oid, lfs } of entries) {
        if (type !== 'file' || !isPlainPath(path)) continue
        const digest = lfs
          ? ({ algorithm: 'sha256', value: lfs.oid } as const)
          : ({ algorithm: 'git-sha1', value: oid ?? '' } as const)
        if (!Number.isSafeInteger(size) || size < 0 || !DIGEST[digest.algorithm].test(digest.value))
          throw new Error(`its list of files has no size or digest for ${JSON.stringify(path)}`)
        if (files.push({ path, size, digest }) > MAX_FILES)
          throw new Error(`it lists more than ${MAX_FILES} files`)
      }
    } catch (error) {
      throw this.#translate(error)
    }
    return files
  }

  /**
   * The bytes of a file from `offset` on. An answer with status 200 instead of 206 has them from the start:
   * not every server heeds the range. (downloadFile of @huggingface/hub does not tell which it was.)
   */
  async open(
    id: string,
    commit: string,
    path: string,
    offset: number,
    signal: AbortSignal,
  ): Promise<Response> {
    const name = path.split('/').map(encodeURIComponent).join('/')
    return this.#fetchFor(id, commit)(`${this.#endpoint}/${id}/resolve/${commit}/${name}`, {
      headers: { 'Accept-Encoding': 'identity', ...(offset > 0 && { Range: `bytes=${offset}-` }) },
      signal,
    })
  }

  /** fetch with our token, which no other server gets, and with the errors of hub-errors.ts. */
  #fetchFor(id: string, revision: string): typeof fetch {
    return async (input, init) => {
      const url = String(input instanceof Request ? input.url : input)
      const headers = new Headers(init?.headers)
      headers.set('User-Agent', `densenode/${version()}`)
      if (this.#token && new URL(url).origin === new URL(this.#endpoint).origin)
        headers.set('Authorization', `Bearer ${this.#token}`) // fetch drops it on the way to another origin
      const late = new AbortController()
      const timer = setTimeout(
        () => late.abort(new Error(`no answer in ${this.#timeoutMs / 1000} s`)),
        this.#timeoutMs,
      )
      const signals = [late.signal, this.#signal, init?.signal].filter((signal) => signal != null)
      let response: Response
      try {
        response = await fetch(url, { ...init, headers, signal: AbortSignal.any(signals) })
      } catch (error) {
        this.#signal?.throwIfAborted()
        throw unreachable(url, error)
      } finally {
        clearTimeout(timer)
      }
      if (response.ok || response.status === 416) return response
      await response.body?.cancel()
      throw refused(response, { id, revision, token: this.#token !== undefined })
    }
  }

  /** Errors of ours and of the caller's signal as they are; what the library makes of a strange answer. */
  #translate(error: unknown): unknown {
    if (error instanceof DensenodeError) return error
    if (this.#signal?.aborted) return this.#signal.reason
    return unreachable(this.#endpoint, error)
  }
}

/** Without what would lead out of a folder. */
function isPlainPath(path: unknown): path is string {
  if (typeof path !== 'string' || /[\\\0:]/.test(path)) return false
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
}

/** On first use only: requiring densenode stays fast. */
function loadLibrary(): HubLibrary {
  try {
    return require('@huggingface/hub') as HubLibrary
  } catch (cause) {
    throw new DensenodeError(
      'HUB_UNREACHABLE',
      'the optional package @huggingface/hub, which downloads models, is not installed: npm install @huggingface/hub@2',
      { cause },
    )
  }
}
