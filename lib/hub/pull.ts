import { mkdir, rename, rm } from 'node:fs/promises'
import * as path from 'node:path'

import { DensenodeError } from '../errors'
import { isWhole } from './digest'
import { download, type Patience } from './download'
import type { HubClient } from './hub-client'
import { moduleFolders } from './module-folders'
import { type HubFile, neededFiles } from './needed-files'
import { type PullProgressCallback, sizeOf } from './pull-progress'
import type { PulledFolder, PullRecord } from './pulled-folder'

export interface PulledModel {
  /** As the hub names the model today. */
  id: string
  commit: string
  /** For EmbeddingModel.load and Tokenizer.load. */
  folder: string
  /** The files in it, as the repository names them. */
  files: string[]
  /** Size of these files. */
  bytes: number
  /** What came from the hub in this call; the rest was there. */
  downloadedBytes: number
}

export interface Asked {
  id: string
  revision: string
  onnx: string | undefined
}

/** One pull, by the owner of the folder's lock. */
export class Pull {
  #downloadedBytes = 0

  constructor(
    private readonly asked: Asked,
    private readonly folder: PulledFolder,
    private readonly client: HubClient,
    private readonly patience: Patience,
    private readonly progress: PullProgressCallback,
  ) {}

  async run(): Promise<PulledModel> {
    const { id, commit } = await this.client.resolve(this.asked.id, this.asked.revision)
    const listed = await this.client.files(id, commit)
    const before = await this.folder.record()
    const wanted = await this.#choose(id, commit, listed, before)
    const record: PullRecord = { id, revision: this.asked.revision, commit, files: wanted }
    const there = await this.folder.whole(wanted, this.progress.signal)
    if (there.size < wanted.length || before?.commit !== commit || before.files.length !== wanted.length) {
      await this.folder.checkReplaceable(before)
      await this.folder.checkSpace(sizeOf(wanted.filter((file) => !there.has(file))))
      this.progress.begin(wanted)
      for (const file of wanted) {
        if (there.has(file)) await this.folder.keep(commit, file)
        else await this.#stage(id, commit, file)
        this.progress.finish(file)
      }
      await this.folder.replace(record)
    }
    return pulledModel(record, this.folder, this.#downloadedBytes)
  }

  /** What densenode needs; and what an earlier pull of this commit has brought, such as an .onnx file. */
  async #choose(id: string, commit: string, listed: HubFile[], before: PullRecord | undefined) {
    const read = async (file: HubFile) => {
      if (await isWhole(file, this.folder.at(file), this.progress.signal)) return this.folder.at(file)
      await this.#stage(id, commit, file)
      return this.folder.stagedAt(commit, file)
    }
    const modules = await moduleFolders(listed, read, id)
    const needed = neededFiles(listed, modules, this.asked.onnx, id)
    const kept = before?.commit === commit ? before.files.map(({ path }) => path) : []
    const paths = new Set([...needed.map(({ path }) => path), ...kept])
    return listed.filter((file) => paths.has(file.path))
  }

  async #stage(id: string, commit: string, file: HubFile): Promise<void> {
    const target = this.folder.stagedAt(commit, file)
    if (await isWhole(file, target, this.progress.signal)) return // of a pull that was broken off
    const part = `${target}.part`
    await mkdir(path.dirname(target), { recursive: true })
    let first: number | undefined
    let last = 0
    await download(file, part, {
      client: this.client,
      id,
      commit,
      patience: this.patience,
      signal: this.progress.signal,
      onBytes: (bytes) => {
        first ??= bytes
        if (bytes > last) this.#downloadedBytes += bytes - Math.max(last, first)
        last = bytes
        this.progress.report(file, bytes)
      },
    })
    await rm(target, { force: true })
    await rename(part, target)
  }
}

/** Without a hub: what an earlier pull has brought, if it is what is asked for now, and unharmed. */
export async function pulledBefore(
  { id, revision, onnx }: Asked,
  folder: PulledFolder,
  progress: PullProgressCallback,
): Promise<PulledModel> {
  const record = await folder.record()
  const missing = (what: string) =>
    new DensenodeError(
      'HUB_UNREACHABLE',
      `${what}, and no hub is asked: the option offline or HF_HUB_OFFLINE says so. Pull ${id} once with a connection`,
    )
  if (!record) throw missing(`${folder.folder} is no pulled model`)
  if (revision !== record.revision && revision !== record.commit)
    throw missing(`${folder.folder} holds revision ${record.revision} (${record.commit}), not ${revision}`)
  if (onnx !== undefined && !record.files.some((file) => file.path === onnx))
    throw missing(`${folder.folder} does not hold ${onnx}`)
  const there = await folder.whole(record.files, progress.signal)
  const harmed = record.files.find((file) => !there.has(file))
  if (harmed) throw missing(`${folder.at(harmed)} is missing or is not what was pulled`)
  return pulledModel(record, folder, 0)
}

function pulledModel(
  { id, commit, files }: PullRecord,
  folder: PulledFolder,
  downloadedBytes: number,
): PulledModel {
  return {
    id,
    commit,
    folder: folder.folder,
    files: files.map((file) => file.path),
    bytes: sizeOf(files),
    downloadedBytes,
  }
}
