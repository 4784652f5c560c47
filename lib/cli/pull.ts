import { parseArgs } from 'node:util'

import { pullModel } from '../hub/pull-model'
import { type Command, note, print, UsageError } from './command'
import { bytesText, PullProgressLine } from './pull-progress-line'

const OPTIONS = {
  revision: { type: 'string' },
  onnx: { type: 'string' },
  folder: { type: 'string' },
  offline: { type: 'boolean' },
} as const

export const pullCommand: Command = {
  name: 'pull',
  summary: 'downloads a model of the hub, so that EmbeddingModel.load finds it by its id',
  usage: [
    'Usage: densenode pull <id> [options]',
    '',
    '  <id>                 organization and name, such as BAAI/bge-small-en-v1.5',
    '  --revision REVISION  a branch, a tag or a full commit id (default: main)',
    '  --onnx FILE          an .onnx file of the model, such as onnx/model_quantized.onnx, in place of its .safetensors',
    '  --folder FOLDER      where to put it (default: ~/.cache/densenode/models/<id>)',
    '  --offline            check what is there, and ask no hub',
    '',
    'Only the files that densenode reads are taken; a download that was broken off goes on where it stopped.',
    'HF_TOKEN or `hf auth login` give access to private and gated models; HF_ENDPOINT names another hub.',
    'Prints the folder.',
  ].join('\n'),

  async run(args) {
    const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true })
    const [id, ...more] = positionals
    if (id === undefined || more.length > 0) throw new UsageError('expected the id of one model')
    const line = new PullProgressLine(process.stderr)
    const start = performance.now()
    try {
      const model = await pullModel(id, { ...values, onProgress: (progress) => line.show(progress) })
      line.end()
      const seconds = ((performance.now() - start) / 1000).toFixed(1)
      const came =
        model.downloadedBytes > 0 ? `${bytesText(model.downloadedBytes)} in ${seconds} s` : 'all was there'
      note(
        `${model.id} at ${model.commit.slice(0, 12)}: ${model.files.length} files, ${bytesText(model.bytes)}; ${came}`,
      )
      print(model.folder)
    } finally {
      line.end()
    }
  },
}
