// Everything that a build, the quickstart or the tests need, fetched once. Idempotent: what is there and right is kept.
import { log, Problem } from '../common/log.mjs'
import { thirdParty } from '../common/paths.mjs'
import { prepareCuda } from './cuda.mjs'
import { prepareModel, prepareWordNet } from './data.mjs'
import { needsSource, prepareFaiss, prepareFaissGpu } from './faiss.mjs'
import { localInstructionSet } from './instruction-set.mjs'
import { prepareNodeModules } from './node-modules.mjs'
import { needsOniguruma, prepareOniguruma } from './oniguruma.mjs'
import { prepareOnnxRuntime, prepareOnnxRuntimeGpu } from './onnxruntime.mjs'
import { prepareOpenBlas } from './openblas.mjs'
import { removeLeftovers } from './part.mjs'
import { installOracles, preparePython } from './python.mjs'
import { prepareSystem } from './system.mjs'

/**
 * Prepares what is missing and returns where the parts are:
 * { faiss: { avx2?, avx512? }, onnxruntime, openblas, oniguruma, model, wordnet, cuda?: { architectures, toolkit, faiss, onnxruntime } }.
 * isas: the instruction sets to build FAISS for; tests, benchmarks: also what only they need; architectures: of a CUDA build.
 */
export async function setup({
  isas = [localInstructionSet()],
  tests = false,
  benchmarks = false,
  architectures,
} = {}) {
  if (Number(process.versions.node.split('.')[0]) < 20) {
    throw new Problem(`densenode needs Node.js 20 or newer; this is ${process.version}.`)
  }
  log(`> Setup: checking the system, packages and third-party parts (${thirdParty})`)
  await prepareSystem({
    needsCargo: needsSource() || needsOniguruma(),
    needsTests: tests,
    needsBenchmarks: benchmarks,
  })
  removeLeftovers()
  await prepareNodeModules()
  await preparePython()
  const onnxruntime = await prepareOnnxRuntime()
  const openblas = await prepareOpenBlas()
  const oniguruma = await prepareOniguruma()
  const model = await prepareModel()
  const wordnet = await prepareWordNet()
  const faiss = {}
  for (const isa of isas) faiss[isa] = await prepareFaiss(isa)
  const cuda = architectures && (await setupCuda(architectures))
  if (tests) await installOracles()
  return { faiss, onnxruntime, openblas, oniguruma, model, wordnet, cuda }
}

async function setupCuda(architectures) {
  const onnxruntime = await prepareOnnxRuntimeGpu()
  const toolkit = await prepareCuda()
  return { architectures, toolkit, onnxruntime, faiss: await prepareFaissGpu(architectures, toolkit) }
}
