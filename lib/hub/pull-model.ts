import * as path from 'node:path'

import * as check from '../checks'
import { HUB_PATIENCE, HUB_REVISION } from '../defaults'
import { wrongRange } from '../errors'
import { hubId, pulledModelsFolder } from '../model-source'
import type { Patience } from './download'
import { withFolderLock } from './folder-lock'
import { HubClient } from './hub-client'
import { writeFailure } from './hub-errors'
import { Pull, type PulledModel, pulledBefore } from './pull'
import { type PullProgress, PullProgressCallback } from './pull-progress'
import { PulledFolder } from './pulled-folder'
import { hubSettings } from './settings'

export interface PullOptions {
  /** A branch, a tag or a full commit id. Default: `'main'`. */
  revision?: string
  /**
   * An .onnx file of the repository, such as `'onnx/model_quantized.onnx'`, to take in place of
   * model.safetensors. Default: .safetensors where there are some, else onnx/model.onnx. Give that file to
   * EmbeddingModel.load.
   */
  onnx?: string
  /**
   * Where the model is put. It holds one revision: the next one takes its place. Default:
   * `<organization>/<name>` in ~/.cache/densenode/models (DENSENODE_CACHE moves it), where EmbeddingModel.load
   * finds the id.
   */
  folder?: string
  /** Default: HF_TOKEN, else the token in the file that HF_TOKEN_PATH names or `hf auth login` wrote. */
  token?: string
  /** Ask no hub: a model that was pulled before is checked and returned. Default: HF_HUB_OFFLINE. */
  offline?: boolean
  /** Stops the download; what has arrived is kept for the next pull. */
  signal?: AbortSignal
  /** Called as bytes arrive. What it throws stops the download and rejects the promise. */
  onProgress?: (progress: PullProgress) => void
}

const OPTIONS = ['revision', 'onnx', 'folder', 'token', 'offline', 'signal', 'onProgress'] as const

/**
 * Downloads what densenode reads of a model of the hub, once: a later call checks the digest of every file and
 * fetches what is missing, wrong or new. The folder changes only when all is there, by a rename; a download
 * that was broken off goes on where it stopped, and several processes may pull the same model.
 *
 * `HF_ENDPOINT` names another hub than that of the optional package @huggingface/hub, which is used for this.
 *
 * @param id Organization and name, `'BAAI/bge-small-en-v1.5'`; a bare name is one of sentence-transformers.
 * @throws DensenodeError HUB_UNREACHABLE, HUB_ACCESS_DENIED, HUB_NOT_FOUND, MODEL_UNSUPPORTED (no weights that
 *   densenode reads), MODEL_INVALID, FILE_CORRUPT (other bytes than the hub lists) or FILE_WRITE_FAILED.
 */
export async function pullModel(id: string, options?: PullOptions): Promise<PulledModel> {
  return pull(id, options, HUB_PATIENCE)
}

/** pullModel with the patience of a test. */
export async function pull(
  id: string,
  options: PullOptions | undefined,
  patience: Patience,
): Promise<PulledModel> {
  const given = checkOptions(options)
  const name = hubId(id)
  const settings = await hubSettings()
  if (given.token !== undefined) settings.token = given.token
  const folder = new PulledFolder(path.resolve(given.folder ?? path.join(pulledModelsFolder(), name)))
  const progress = new PullProgressCallback(given.onProgress, given.signal)
  const asked = { id: name, revision: given.revision ?? HUB_REVISION, onnx: given.onnx }
  try {
    if (given.offline ?? settings.offline) return await pulledBefore(asked, folder, progress)
    await folder.makeParent()
    return await withFolderLock(folder.lock, progress.signal, async () => {
      await folder.recover()
      const client = new HubClient(settings, patience.stall, progress.signal)
      return new Pull(asked, folder, client, patience, progress).run()
    })
  } catch (error) {
    progress.signal.throwIfAborted() // in place of what the interrupted call makes of it
    throw writeFailure(error)
  }
}

function checkOptions(options: PullOptions | undefined): PullOptions {
  const given = check.options(options, OPTIONS, 'pullModel')
  for (const name of ['revision', 'onnx', 'token'] as const) {
    const value = given[name]
    if (value !== undefined && check.string(name, value) === '')
      throw wrongRange(name, 'a string that is not empty', value)
  }
  if (given.folder !== undefined) check.path('folder', given.folder)
  if (given.offline !== undefined) check.boolean('offline', given.offline)
  if (given.onProgress !== undefined) check.func('onProgress', given.onProgress)
  check.signal(given.signal)
  return given
}
