import { readFile } from 'node:fs/promises'

import { DensenodeError } from '../errors'
import type { HubFile } from './needed-files'

/** Far more than a list of modules takes. */
const MAX_BYTES = 1 << 20

/**
 * The folders of the modules that modules.json names, in its order; in the place of a Router those that its
 * router_config.json names. Without modules.json: [].
 *
 * @param read Gives the place of a file, which is downloaded for it.
 * @throws DensenodeError MODEL_INVALID for files that are no such lists.
 */
export async function moduleFolders(
  files: readonly HubFile[],
  read: (file: HubFile) => Promise<string>,
  id: string,
): Promise<string[]> {
  const json = async (path: string): Promise<unknown> => {
    const file = files.find((each) => each.path === path)
    if (!file) return undefined
    if (file.size > MAX_BYTES)
      throw new DensenodeError('MODEL_INVALID', `${id}: ${path} has ${file.size} bytes`)
    try {
      return JSON.parse(await readFile(await read(file), 'utf8'))
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      throw new DensenodeError('MODEL_INVALID', `${id}: ${path} is not JSON: ${error.message}`, {
        cause: error,
      })
    }
  }
  const modules = await json('modules.json')
  if (modules === undefined) return []
  if (!Array.isArray(modules)) throw new DensenodeError('MODEL_INVALID', `${id}: modules.json holds no list`)
  const folders: string[] = []
  for (const module of modules as unknown[]) {
    const folder = (module as { path?: unknown } | null)?.path
    if (typeof folder !== 'string')
      throw new DensenodeError('MODEL_INVALID', `${id}: a module of modules.json has no "path"`)
    const router = (await json(folder === '' ? ROUTER : `${folder}/${ROUTER}`)) as
      | { types?: unknown }
      | undefined
    const parts = router && typeof router.types === 'object' ? Object.keys(router.types ?? {}) : ['']
    folders.push(...parts.map((part) => [folder, part].filter(Boolean).join('/')))
  }
  return folders
}

const ROUTER = 'router_config.json'
