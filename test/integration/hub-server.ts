import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/*
 * A model hub on 127.0.0.1: answers as the real one does (model info, paged list of files, resolve with a
 * redirect to a download server of another origin for files of Git LFS), and goes wrong where it is told to.
 * Sources: the requests of @huggingface/hub 2.17 and of huggingface_hub 1.x (file_download.py, utils/_http.py).
 */

export interface Repository {
  files: Record<string, Buffer>
  /** Without: everybody may read it. */
  token?: string
  /** Metadata is open, files are for those who were let in. */
  gated?: boolean
}

export interface Request {
  server: 'hub' | 'download'
  /** Decoded, without the query. */
  path: string
  range?: string
  authorization?: string
}

/** How the answer to a request goes wrong. */
export interface Fault {
  status?: number
  /** The connection breaks after so many bytes. */
  cutAfter?: number
  /** Bytes are sent in pieces of 16 KiB, so many milliseconds apart. */
  delayMs?: number
  /** Every byte is another one. */
  wrongBytes?: boolean
  ignoreRange?: boolean
  /** Nothing comes, and the connection stays open. */
  silent?: boolean
}

const PAGE = 5
const PIECE = 16_384

export class HubServer {
  readonly #hub: Server
  readonly #downloads: Server
  readonly #commits = new Map<string, Map<string, Repository>>() // by id, then by commit
  readonly #refs = new Map<string, Map<string, string>>() // by id, then by branch or tag
  readonly #renamed = new Map<string, string>()
  readonly requests: Request[] = []
  fault: (request: Request, count: number) => Fault | undefined = () => undefined

  private constructor() {
    this.#hub = createServer((request, response) => this.#answerHub(request, response))
    this.#downloads = createServer((request, response) => this.#answerDownload(request, response))
  }

  static async start(): Promise<HubServer> {
    const server = new HubServer()
    for (const each of [server.#hub, server.#downloads])
      await new Promise<void>((resolve) => each.listen(0, '127.0.0.1', resolve))
    return server
  }

  async stop(): Promise<void> {
    for (const each of [this.#hub, this.#downloads]) {
      each.closeAllConnections()
      await new Promise((resolve) => each.close(resolve))
    }
  }

  get endpoint(): string {
    return origin(this.#hub)
  }

  /** A new commit, which `ref` then means. Returns its id. */
  commit(id: string, repository: Repository, ref = 'main'): string {
    const content = createHash('sha1')
    for (const [path, bytes] of Object.entries(repository.files))
      content.update(`${id} ${path}`).update(bytes)
    const commit = content.digest('hex')
    at(this.#commits, id).set(commit, repository)
    at(this.#refs, id).set(ref, commit)
    return commit
  }

  rename(from: string, to: string): void {
    this.#renamed.set(from, to)
  }

  /** The paths of the files whose bytes were asked for, with their ranges. */
  get downloads(): string[] {
    return this.requests
      .filter(({ server, path }) => server === 'download' || (path.includes('/resolve/') && !isLfs(path)))
      .map(({ path, range }) => path.replace(/^.*\/resolve\/\w+\//, '') + (range ? ` ${range}` : ''))
  }

  #note(
    server: Request['server'],
    request: IncomingMessage,
  ): { url: URL; fault: Fault | undefined; path: string } {
    const url = new URL(request.url!, origin(server === 'hub' ? this.#hub : this.#downloads))
    const path = decodeURIComponent(url.pathname)
    const { range, authorization } = request.headers
    const noted: Request = { server, path, ...(range && { range }), ...(authorization && { authorization }) }
    this.requests.push(noted)
    const count = this.requests.filter((each) => each.server === server && each.path === path).length
    return { url, path, fault: this.fault(noted, count) }
  }

  #answerHub(request: IncomingMessage, response: ServerResponse): unknown {
    const { url, path, fault } = this.#note('hub', request)
    if (fault?.silent) return
    if (fault?.status) return refuse(response, fault.status)
    const token = request.headers.authorization?.replace('Bearer ', '')
    const api = /^\/api\/models\/(.+?)\/(revision|tree)\/(.+)$/.exec(path)
    const file = /^\/(.+?)\/resolve\/([^/]+)\/(.+)$/.exec(path)
    const [, id, , revision] = api ?? (file ? [0, file[1], 0, file[2]] : [])
    if (id === undefined || revision === undefined) return refuse(response, 404)
    const renamed = this.#renamed.get(id)
    if (renamed !== undefined) {
      response.writeHead(307, { Location: url.pathname.replace(id, renamed) + url.search }) // relative, as the hub's
      response.end()
      return
    }
    const commits = this.#commits.get(id)
    const commit = this.#refs.get(id)?.get(revision) ?? revision
    const any = commits?.values().next().value as Repository | undefined
    if (token !== undefined && !/^good/.test(token))
      return refuse(response, 401, undefined, 'Invalid credentials in Authorization header')
    if (!any || (any.token !== undefined && any.token !== token))
      return token === undefined
        ? refuse(response, 401, 'RepoNotFound', 'Invalid username or password.')
        : refuse(response, 404, 'RepoNotFound', 'Repository not found')
    const repository = commits!.get(commit)
    if (!repository) return refuse(response, 404, 'RevisionNotFound', `Invalid rev id: ${revision}`)
    if (api?.[2] === 'revision')
      return json(response, { _id: '0', id, sha: commit, private: false, gated: false })
    if (api) return this.#list(response, url, id, commit, repository)
    this.#resolve(request, response, { id, commit, path: file![3], token }, repository, fault)
  }

  #list(response: ServerResponse, url: URL, id: string, commit: string, { files }: Repository): void {
    const paths = Object.keys(files)
    const folders = new Set(
      paths.filter((path) => path.includes('/')).map((path) => path.slice(0, path.indexOf('/'))),
    )
    const entries = [
      ...[...folders].map((path) => ({ type: 'directory', oid: gitSha1(Buffer.from(path)), size: 0, path })),
      ...paths.map((path) => entryOf(path, files[path])),
    ]
    const start = Number(url.searchParams.get('cursor') ?? 0)
    if (start + PAGE < entries.length) {
      const next = new URL(
        `/api/models/${id}/tree/${commit}?recursive=true&expand=false&cursor=${start + PAGE}`,
        url,
      )
      response.setHeader('Link', `<${next}>; rel="next"`)
    }
    json(response, entries.slice(start, start + PAGE))
  }

  #resolve(
    request: IncomingMessage,
    response: ServerResponse,
    { id, commit, path, token }: { id: string; commit: string; path: string; token: string | undefined },
    { files, gated }: Repository,
    fault: Fault | undefined,
  ): unknown {
    if (gated && token !== 'good-and-accepted')
      return refuse(
        response,
        token ? 403 : 401,
        'GatedRepo',
        `Access to model ${id} is restricted and you are not in the authorized list.`,
      )
    const bytes = files[path]
    if (!bytes) return refuse(response, 404, 'EntryNotFound', 'Entry not found')
    response.setHeader('X-Repo-Commit', commit)
    if (!isLfs(path)) return send(request, response, bytes, gitSha1(bytes), fault)
    const digest = sha256(bytes)
    response.setHeader('X-Linked-Size', bytes.length)
    response.setHeader('X-Linked-Etag', `"${digest}"`)
    const target = `${origin(this.#downloads)}/${id}/resolve/${commit}/${path}?Signature=secret`
    response.writeHead(302, { Location: target })
    response.end()
  }

  #answerDownload(request: IncomingMessage, response: ServerResponse): unknown {
    const { path, fault } = this.#note('download', request)
    const [, id, commit, name] = /^\/(.+?)\/resolve\/([^/]+)\/(.+)$/.exec(path)!
    if (fault?.silent) return
    if (fault?.status) return refuse(response, fault.status)
    if (request.headers.authorization) return refuse(response, 400) // as signed addresses do
    const bytes = this.#commits.get(id)!.get(commit)!.files[name]
    send(request, response, bytes, sha256(bytes), fault)
  }
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  bytes: Buffer,
  etag: string,
  fault: Fault = {},
): unknown {
  const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? []
  const start = from === undefined || fault.ignoreRange ? 0 : Number(from)
  if (start > 0 && start >= bytes.length) {
    response.writeHead(416, { 'Content-Range': `bytes */${bytes.length}` })
    response.end()
    return
  }
  response.setHeader('ETag', `"${etag}"`)
  response.setHeader('Accept-Ranges', 'bytes')
  response.setHeader('Content-Length', bytes.length - start)
  if (start > 0) response.setHeader('Content-Range', `bytes ${start}-${bytes.length - 1}/${bytes.length}`)
  response.writeHead(start > 0 ? 206 : 200)
  const body = bytes.subarray(start, fault.cutAfter === undefined ? undefined : start + fault.cutAfter)
  void write(response, fault.wrongBytes ? Buffer.from(body.map((byte) => byte ^ 1)) : body, fault)
}

async function write(response: ServerResponse, body: Buffer, { delayMs, cutAfter }: Fault): Promise<void> {
  for (let start = 0; start < body.length && !response.destroyed; start += PIECE) {
    if (delayMs) await new Promise((resolve) => setTimeout(resolve, delayMs))
    await new Promise<unknown>((resolve) => response.write(body.subarray(start, start + PIECE), resolve))
  }
  if (cutAfter === undefined) response.end()
  else response.destroy()
}

function entryOf(path: string, bytes: Buffer) {
  const { length: size } = bytes
  if (!isLfs(path)) return { type: 'file', oid: gitSha1(bytes), size, path }
  const lfs = { oid: sha256(bytes), size, pointerSize: 134 }
  return { type: 'file', oid: gitSha1(Buffer.from(`pointer ${lfs.oid}`)), size, lfs, path }
}

/** What .gitattributes of such repositories gives to Git LFS. */
const isLfs = (path: string): boolean => /\.(safetensors|bin|onnx|onnx_data|h5)$/.test(path)
export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
const gitSha1 = (bytes: Buffer): string =>
  createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')
const origin = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

function json(response: ServerResponse, value: unknown): void {
  response.setHeader('Content-Type', 'application/json; charset=utf-8')
  response.end(JSON.stringify(value))
}

function refuse(response: ServerResponse, status: number, code?: string, message = 'refused'): void {
  if (code !== undefined) response.setHeader('X-Error-Code', code)
  response.setHeader('X-Error-Message', message)
  response.statusCode = status
  json(response, { error: message })
}

function at<V>(map: Map<string, Map<string, V>>, key: string): Map<string, V> {
  let found = map.get(key)
  if (!found) {
    found = new Map()
    map.set(key, found)
  }
  return found
}
