import { readFile } from 'node:fs/promises'
import * as path from 'node:path'

import { DensenodeError } from '../errors'
import type { HubFile } from './needed-files'

/** Far more than a list of modules takes. */
const MAX_BYTES = 1 << 20

export interface ModuleFolders {
  /**
   * Those of the modules that modules.json names, in its order, relative to the root of the repository, `''` for
   * the root itself; in the place of a Router those of its parts. None without modules.json.
   */
  folders: readonly string[]
  /** The files that say so: modules.json, and of each Router the one with its parts. */
  lists: readonly HubFile[]
}

/**
 * Reads where the modules of a model are, as native/encoder/folder/routes.cpp does.
 *
 * @param read Gives the place of a file, which is downloaded for it.
 * @throws DensenodeError MODEL_INVALID for files that are no such lists.
 */
export async function moduleFolders(
  files: readonly HubFile[],
  read: (file: HubFile) => Promise<string>,
  id: string,
): Promise<ModuleFolders> {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const folders: string[] = []
  const lists: HubFile[] = []
  const json = async (file: HubFile): Promise<unknown> => {
    lists.push(file)
    if (file.size > MAX_BYTES)
      throw new DensenodeError('MODEL_INVALID', `${id}: ${file.path} has ${file.size} bytes`)
    try {
      return JSON.parse(await readFile(await read(file), 'utf8'))
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      throw new DensenodeError('MODEL_INVALID', `${id}: ${file.path} is not JSON: ${error.message}`, {
        cause: error,
      })
    }
  }
  const list = byPath.get('modules.json')
  if (!list) return { folders, lists }
  const modules = await json(list)
  if (!Array.isArray(modules)) throw new DensenodeError('MODEL_INVALID', `${id}: modules.json holds no list`)
  for (const module of modules as unknown[]) {
    const { path: place, type } = (module ?? {}) as { path?: unknown; type?: unknown }
    if (typeof place !== 'string')
      throw new DensenodeError('MODEL_INVALID', `${id}: a module of modules.json has no "path"`)
    const folder = below('', place)
    const router = isRouter(type)
      ? ROUTER_CONFIGS.map((name) => byPath.get(below(folder, name))).find((file) => file !== undefined)
      : undefined
    folders.push(...(router ? partsOf(await json(router)).map((part) => below(folder, part)) : [folder]))
  }
  return { folders, lists }
}

/** The first that is there; config.json is that of Asym, as Routers were called. */
const ROUTER_CONFIGS = ['router_config.json', 'config.json']

/** Whether `type`, the path of a Python class, is one that sends texts to other modules by their task. */
const isRouter = (type: unknown): boolean => typeof type === 'string' && /(^|\.)(Router|Asym)$/.test(type)

function partsOf(config: unknown): string[] {
  const { types } = (config ?? {}) as { types?: unknown }
  return typeof types === 'object' && types !== null ? Object.keys(types) : []
}

/** As the hub lists it: without the `.` that some write for the folder itself (model2vec), and no slash last. */
const below = (folder: string, name: string): string =>
  path.posix.join(folder, name).replace(/\/$/, '').replace(/^\.$/, '')
