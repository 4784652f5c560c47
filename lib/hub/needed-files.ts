import { DensenodeError } from '../errors'
import type { ModuleFolders } from './module-folders'

/** A file of a repository, as the hub lists it. */
export interface HubFile {
  /** With slashes, from the root of the repository. */
  path: string
  size: number
  /** Of its bytes where Git LFS keeps them, else of its Git blob, in hexadecimal. */
  digest: { algorithm: 'sha256' | 'git-sha1'; value: string }
}

/** What every folder of modules.json may hold beside weights. */
const CONFIGS = [
  'config.json',
  'sentence_bert_config.json',
  'sentence_roberta_config.json',
  'sentence_distilbert_config.json',
  'sentence_camembert_config.json',
  'sentence_albert_config.json',
  'sentence_xlm-roberta_config.json',
  'sentence_xlnet_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
]
/** The second is that of ColBERT's own checkpoints. */
const ROOT_CONFIGS = ['config_sentence_transformers.json', 'artifact.metadata']
/** Where there is no tokenizer.json: what Python's transformers makes one of. */
const VOCABULARIES = [
  'vocab.txt',
  'vocab.json',
  'merges.txt',
  'spiece.model',
  'sentencepiece.bpe.model',
  'tokenizer.model',
]
const WEIGHTS = 'model.safetensors'
const WEIGHTS_INDEX = 'model.safetensors.index.json'
const WEIGHTS_SHARD = /^model-\d{1,6}-of-\d{1,6}\.safetensors$/
/** Exports in the order in which a model folder is searched for one. */
const ONNX_EXPORTS = ['onnx/model.onnx', 'model.onnx']

/**
 * The files that densenode reads: settings, tokenizer, and the weights once, from .safetensors where they are
 * there and `onnx` asks for no export. What other frameworks read (pytorch_model.bin, ...) is left out.
 *
 * @param modules Where the modules are, and the files that say it.
 * @param onnx The .onnx file to take in place of the transformer's .safetensors.
 * @throws DensenodeError MODEL_UNSUPPORTED where there are no weights that densenode reads, or no such .onnx.
 */
export function neededFiles(
  files: readonly HubFile[],
  modules: ModuleFolders,
  onnx: string | undefined,
  id: string,
): HubFile[] {
  const { folders, lists } = modules
  const byPath = new Map(files.map((file) => [file.path, file]))
  const transformer = folders[0] ?? ''
  const chosen = new Set<HubFile | undefined>(lists)
  for (const name of ROOT_CONFIGS) chosen.add(byPath.get(name))
  for (const folder of new Set(['', ...folders])) {
    for (const name of CONFIGS) chosen.add(byPath.get(inFolder(folder, name)))
    if (folder === transformer) continue
    for (const file of weightsIn(files, folder)) if (folders.includes(folder)) chosen.add(file)
  }
  if (![transformer, ''].some((folder) => byPath.has(inFolder(folder, 'tokenizer.json'))))
    for (const folder of new Set(['', transformer]))
      for (const name of VOCABULARIES) chosen.add(byPath.get(inFolder(folder, name)))
  for (const file of modelWeights(files, byPath, transformer, onnx, id)) chosen.add(file)
  return [...chosen].filter((file) => file !== undefined)
}

function modelWeights(
  files: readonly HubFile[],
  byPath: ReadonlyMap<string, HubFile>,
  transformer: string,
  onnx: string | undefined,
  id: string,
): HubFile[] {
  const exports = files.map(({ path }) => path).filter((path) => path.endsWith('.onnx'))
  if (onnx !== undefined) {
    if (byPath.has(onnx)) return onnxFiles(files, onnx)
    throw new DensenodeError(
      'MODEL_UNSUPPORTED',
      `${id} has no file ${JSON.stringify(onnx)}; ${exports.length > 0 ? `its .onnx files are ${exports.join(', ')}` : 'it has no .onnx file'}`,
    )
  }
  const safetensors = weightsIn(files, transformer)
  if (safetensors.length > 0) return safetensors
  const places = ONNX_EXPORTS.flatMap((name) => [inFolder(transformer, name), name])
  const found = places.find((place) => byPath.has(place))
  if (found !== undefined) return onnxFiles(files, found)
  const others = files.map(({ path }) => path).filter((path) => /\.(bin|pt|h5|msgpack|gguf|onnx)$/.test(path))
  throw new DensenodeError(
    'MODEL_UNSUPPORTED',
    [
      `${id} has neither model.safetensors nor onnx/model.onnx`,
      ...(others.length > 0 ? [`, but ${others.slice(0, 6).join(', ')}`] : []),
      exports.length > 0
        ? '. Ask for one of the .onnx files by its name'
        : '. In Python, SentenceTransformer(id).save_pretrained(folder) writes .safetensors into a folder that EmbeddingModel.load takes',
    ].join(''),
  )
}

/** model.safetensors, else the shards and their index, else nothing. */
function weightsIn(files: readonly HubFile[], folder: string): HubFile[] {
  const here = files.filter(({ path }) => folderOf(path) === folder)
  const whole = here.find(({ path }) => nameOf(path) === WEIGHTS)
  if (whole) return [whole]
  const index = here.find(({ path }) => nameOf(path) === WEIGHTS_INDEX)
  return index ? [index, ...here.filter(({ path }) => WEIGHTS_SHARD.test(nameOf(path)))] : []
}

/** An export and the files beside it that hold its larger tensors. */
function onnxFiles(files: readonly HubFile[], path: string): HubFile[] {
  return files.filter(
    (file) => file.path.startsWith(path) && /^(|_data(_\d+)?|\.data)$/.test(file.path.slice(path.length)),
  )
}

const inFolder = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`)
const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')))
const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
