import { stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import * as path from 'node:path'

import { path as checkPath } from './checks'
import { DensenodeError, wrongRange, wrongType } from './errors'

/** An id as model hubs write it: `all-MiniLM-L6-v2`, `BAAI/bge-small-en-v1.5`. */
const MODEL_ID = /^(?!\.)[\w.-]+(\/(?!\.)[\w.-]+)?$/
/** The organization that sentence-transformers itself puts before a bare name. */
const DEFAULT_ORGANIZATION = 'sentence-transformers/'

/**
 * The folder or .onnx file that `source` means: a path that exists, else an id found in a model folder.
 *
 * @throws DensenodeError FILE_NOT_FOUND with the places looked at.
 */
export async function resolveModel(
  source: string,
  folders: readonly string[] = modelFolders(),
): Promise<string> {
  checkPath('source', source)
  const places = [path.resolve(source)]
  if (MODEL_ID.test(source) && !source.endsWith('.onnx'))
    places.push(...folders.flatMap((folder) => idSpellings(source).map((id) => path.join(folder, id))))
  for (const place of places) if (await exists(place)) return place
  throw new DensenodeError(
    'FILE_NOT_FOUND',
    [
      `no model ${JSON.stringify(source)}. Looked for:`,
      ...places.map((place) => `  - ${place}`),
      'A model is a folder as sentence-transformers writes it (config.json, model.safetensors, tokenizer.json, ...) or an .onnx',
      'file with its tokenizer.json. Download one, for example with',
      `  npx densenode pull ${suggestedId(source)}`,
      'or put it below a folder that the environment variable DENSENODE_MODELS names.',
    ].join('\n'),
  )
}

/** Where ids are looked up, first match wins. */
export function modelFolders(environment: NodeJS.ProcessEnv = process.env): string[] {
  const folders = environment.DENSENODE_MODELS?.split(path.delimiter).filter(Boolean) ?? []
  const cache = cacheFolder(environment)
  return [...folders, pulledModelsFolder(environment), path.join(cache, 'third-party', 'models')]
}

/** Where pullModel puts models, by their ids. */
export function pulledModelsFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return path.join(cacheFolder(environment), 'models')
}

/** The id with its organization. Throws RangeError for what no hub takes for one. */
export function hubId(id: string): string {
  const expected = 'the id of a model as hubs write it, such as "BAAI/bge-small-en-v1.5"'
  if (typeof id !== 'string') throw wrongType('id', expected, id)
  if (!MODEL_ID.test(id)) throw wrongRange('id', expected, id)
  return id.includes('/') ? id : DEFAULT_ORGANIZATION + id
}

function cacheFolder(environment: NodeJS.ProcessEnv): string {
  return environment.DENSENODE_CACHE || path.join(homedir(), '.cache', 'densenode')
}

function idSpellings(id: string): string[] {
  if (id.startsWith(DEFAULT_ORGANIZATION)) return [id, id.slice(DEFAULT_ORGANIZATION.length)]
  return id.includes('/') ? [id] : [id, DEFAULT_ORGANIZATION + id]
}

function suggestedId(source: string): string {
  if (!MODEL_ID.test(source) || source.endsWith('.onnx')) return 'sentence-transformers/all-MiniLM-L6-v2'
  return hubId(source)
}

async function exists(place: string): Promise<boolean> {
  try {
    await stat(place)
    return true
  } catch (error) {
    // Anything but absence (permissions, a loop of links) is for the reader of the model to report.
    const { code } = error as NodeJS.ErrnoException
    return code !== 'ENOENT' && code !== 'ENOTDIR'
  }
}
