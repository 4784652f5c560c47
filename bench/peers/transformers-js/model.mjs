// transformers.js with onnxruntime-node on the fp32 export, batches of 32 as they come: what its users write.
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const BATCH = 32

export const importTransformers = (installFolder) =>
  import(
    pathToFileURL(
      path.join(installFolder, 'node_modules/@huggingface/transformers/dist/transformers.node.mjs'),
    )
  )

/** Returns { embed(texts) -> Float32Array, dimension, versions }. */
export async function loadModel(installFolder, { onnx, threads }) {
  const require = createRequire(path.join(installFolder, 'package.json'))
  const { env, pipeline } = await importTransformers(installFolder)
  env.allowRemoteModels = false
  env.localModelPath = path.dirname(onnx)
  const extract = await pipeline('feature-extraction', path.basename(onnx), {
    dtype: 'fp32',
    device: 'cpu',
    session_options: { intraOpNumThreads: threads },
  })
  const dimension = extract.model.config.hidden_size
  const versionOf = (name) => require(`./node_modules/${name}/package.json`).version
  return {
    dimension,
    versions: {
      node: process.version,
      '@huggingface/transformers': versionOf('@huggingface/transformers'),
      'onnxruntime-node': versionOf('onnxruntime-node'),
    },
    async embed(texts) {
      const out = new Float32Array(texts.length * dimension)
      for (let begin = 0; begin < texts.length; begin += BATCH) {
        const batch = await extract(texts.slice(begin, begin + BATCH), { pooling: 'mean', normalize: true })
        out.set(batch.data, begin * dimension)
      }
      return out
    },
  }
}
