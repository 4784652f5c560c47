import { stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import * as path from 'node:path'

import { path as checkPath } from './checks'
import { DensenodeError } from './errors'

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
      'file with its tokenizer.json. densenode downloads nothing: fetch one, for example with',
      `  hf download ${suggestedId(source)} --local-dir <folder>`,
      'and give that folder, or put it below a folder that the environment variable DENSENODE_MODELS names.',
    ].join('\n'),
  )
}

/** Where ids are looked up, first match wins. */
export function modelFolders(environment: NodeJS.ProcessEnv = process.env): string[] {
  const cache = environment.DENSENODE_CACHE || path.join(homedir(), '.cache', 'densenode')
  const folders = environment.DENSENODE_MODELS?.split(path.delimiter).filter(Boolean) ?? []
  return [...folders, path.join(cache, 'models'), path.join(cache, 'third-party', 'models')]
}

function idSpellings(id: string): string[] {
  if (id.startsWith(DEFAULT_ORGANIZATION)) return [id, id.slice(DEFAULT_ORGANIZATION.length)]
  return id.includes('/') ? [id] : [id, DEFAULT_ORGANIZATION + id]
}

function suggestedId(source: string): string {
  if (!MODEL_ID.test(source) || source.endsWith('.onnx')) return 'sentence-transformers/all-MiniLM-L6-v2'
  return source.includes('/') ? source : DEFAULT_ORGANIZATION + source
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
