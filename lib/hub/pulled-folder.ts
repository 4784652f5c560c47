import {
  copyFile,
  link,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  statfs,
  writeFile,
} from 'node:fs/promises'
import * as path from 'node:path'

import { DensenodeError } from '../errors'
import { isWhole } from './digest'
import type { HubFile } from './needed-files'

/** What a pulled folder is, in the file RECORD in it. */
export interface PullRecord {
  id: string
  /** As it was asked for. */
  revision: string
  commit: string
  files: readonly HubFile[]
}

export const RECORD = 'densenode-pull.json'

/**
 * The folder of a model and, beside it, what a pull works with: the next version in `staging`, which takes the
 * place of the folder by a rename when it is whole; the version before in `replaced` for the moment of that
 * rename. Names with a leading dot are no model ids.
 */
export class PulledFolder {
  readonly folder: string
  readonly lock: string
  readonly #replaced: string
  readonly #stagingPrefix: string

  constructor(folder: string) {
    this.folder = folder
    const beside = (suffix: string) => path.join(path.dirname(folder), `.${path.basename(folder)}${suffix}`)
    this.lock = beside('.lock')
    this.#replaced = beside('.replaced')
    this.#stagingPrefix = beside('.pulling-')
  }

  /** One a commit, so that files of two revisions never meet. */
  staging(commit: string): string {
    return this.#stagingPrefix + commit
  }

  at(file: HubFile): string {
    return path.join(this.folder, ...file.path.split('/'))
  }

  stagedAt(commit: string, file: HubFile): string {
    return path.join(this.staging(commit), ...file.path.split('/'))
  }

  async record(): Promise<PullRecord | undefined> {
    try {
      const record = JSON.parse(await readFile(path.join(this.folder, RECORD), 'utf8')) as PullRecord
      return Array.isArray(record.files) && typeof record.commit === 'string' ? record : undefined
    } catch {
      return undefined // absent or not ours
    }
  }

  /** The files of `files` that are in the folder as the hub lists them. */
  async whole(files: readonly HubFile[], signal?: AbortSignal): Promise<Set<HubFile>> {
    const found = new Set<HubFile>()
    for (const file of files) if (await isWhole(file, this.at(file), signal)) found.add(file)
    return found
  }

  async makeParent(): Promise<void> {
    await mkdir(path.dirname(this.folder), { recursive: true })
  }

  /** Puts back what a pull that was killed between its two renames has moved away. */
  async recover(): Promise<void> {
    if (!(await exists(this.folder)) && (await exists(this.#replaced)))
      await rename(this.#replaced, this.folder)
    await rm(this.#replaced, { recursive: true, force: true })
  }

  /** Refuses to replace a folder with files that no pull wrote. */
  async checkReplaceable(record: PullRecord | undefined): Promise<void> {
    const ours = new Set([RECORD, ...(record?.files ?? []).map((file) => file.path)])
    const other = (await filesBelow(this.folder)).find((name) => !ours.has(name))
    if (other === undefined) return
    throw new DensenodeError(
      'FILE_WRITE_FAILED',
      `${this.folder} holds ${other}, which no pull wrote: it would be lost. Move it away, or pull into another folder`,
    )
  }

  async checkSpace(bytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(path.dirname(this.folder))
    if (bytes <= bavail * bsize) return
    throw new DensenodeError(
      'FILE_WRITE_FAILED',
      `${path.dirname(this.folder)} has room for ${bavail * bsize} bytes, and ${bytes} are still to be downloaded`,
    )
  }

  /** A file of the folder that is as it should be, for the next version too. */
  async keep(commit: string, file: HubFile): Promise<void> {
    const target = this.stagedAt(commit, file)
    await mkdir(path.dirname(target), { recursive: true })
    await rm(target, { force: true })
    await link(this.at(file), target).catch(() => copyFile(this.at(file), target)) // not every file system has links
  }

  /** The staged files and their record become the folder. */
  async replace(record: PullRecord): Promise<void> {
    const staging = this.staging(record.commit)
    const ours = new Set(record.files.map((file) => file.path))
    for (const name of await filesBelow(staging))
      if (!ours.has(name)) await rm(path.join(staging, name), { force: true })
    await writeFile(path.join(staging, RECORD), `${JSON.stringify(record, null, 2)}\n`)
    if (await exists(this.folder)) await rename(this.folder, this.#replaced)
    await rename(staging, this.folder)
    await rm(this.#replaced, { recursive: true, force: true })
    const parent = path.dirname(this.folder)
    for (const name of await readdir(parent))
      if (path.join(parent, name).startsWith(this.#stagingPrefix))
        await rm(path.join(parent, name), { recursive: true, force: true })
  }
}

async function exists(place: string): Promise<boolean> {
  return stat(place).then(
    () => true,
    () => false,
  )
}

/** Paths with slashes, of everything that is no folder. */
async function filesBelow(folder: string): Promise<string[]> {
  if (!(await exists(folder))) return []
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) =>
      path.relative(folder, path.join(entry.parentPath ?? entry.path, entry.name)).replaceAll(path.sep, '/'),
    )
}
