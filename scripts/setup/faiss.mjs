// FAISS: the source from the crate that carries it, a static library for each instruction set, and one of its GPU part.
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { log, Problem, seconds } from '../common/log.mjs'
import { inThirdParty, pins } from '../common/paths.mjs'
import { run } from '../common/run.mjs'
import { fetchCrateSource } from './crate.mjs'
import { isReady, part } from './part.mjs'

const VERSION = '1.12.0'
const CRATE = {
  name: 'faiss-sys',
  sha256: 'c4a8fa67f7070bb81f41dc71c98813b3e40a66bedab12d6c2ac2af50f0837a7e',
}
const SOURCE = { name: `faiss-${VERSION}`, identity: `${CRATE.name} sha256:${CRATE.sha256}` }

// The BLAS and LAPACK routines that FAISS calls, under the names that OpenBLAS of the wheel gives them.
const BLAS_ROUTINES = [
  ...['sgemm', 'dgemm', 'sgemv', 'ssyrk', 'sgeqrf', 'sorgqr', 'sgetrf', 'sgetri', 'dgetrf', 'dgetri'],
  ...['sgelsd', 'ssyev', 'dsyev', 'sgesvd', 'dgesvd'],
]
const flagsFor = (gpu) => [
  ...['-DCMAKE_BUILD_TYPE=Release', '-DCMAKE_POSITION_INDEPENDENT_CODE=ON'],
  ...['-DCMAKE_CXX_VISIBILITY_PRESET=hidden', '-DCMAKE_VISIBILITY_INLINES_HIDDEN=ON'],
  ...[`-DFAISS_ENABLE_GPU=${gpu}`, '-DFAISS_ENABLE_PYTHON=OFF'],
  ...['-DFAISS_ENABLE_EXTRAS=OFF', '-DFAISS_ENABLE_C_API=OFF'],
  ...['-DFAISS_ENABLE_MKL=OFF', '-DBUILD_TESTING=OFF'],
  `-DCMAKE_CXX_FLAGS=${BLAS_ROUTINES.map((name) => `-D${name}_=scipy_${name}_`).join(' ')}`,
]
const CPU_FLAGS = flagsFor('OFF')
const GPU_FLAGS = [...flagsFor('ON'), '-DFAISS_ENABLE_CUVS=OFF', '-DCMAKE_CUDA_VISIBILITY_PRESET=hidden']

const override = process.env.FAISS_SOURCE_DIR && resolve(process.env.FAISS_SOURCE_DIR)

/** True if the source must still be fetched, which takes Cargo. */
export const needsSource = () => !override && !isReady(inThirdParty(SOURCE.name), SOURCE.identity)

/** The folder with FAISS's own CMakeLists.txt. */
async function source() {
  if (override) {
    if (existsSync(join(override, 'faiss', 'Index.h'))) return override
    throw new Problem(
      `FAISS_SOURCE_DIR: expected a folder with the source of FAISS (faiss/Index.h), received ${override}.`,
    )
  }
  return part(SOURCE.name, SOURCE.identity, `FAISS ${VERSION} source`, (folder) =>
    fetchCrateSource('faiss', CRATE, 'faiss', folder),
  )
}

/** Builds FAISS for 'avx2' or 'avx512' unless it is there; returns the folder with include/ and lib/libfaiss.a. */
export async function prepareFaiss(isa) {
  const library = `faiss_${isa}`
  return compiled(isa, CPU_FLAGS, 'a few minutes', async (from, folder, compile) => {
    const build = await compile([`-DFAISS_OPT_LEVEL=${isa}`], library)
    cpSync(join(build, 'faiss', `lib${library}.a`), join(folder, 'lib', 'libfaiss.a'))
    copyHeaders(join(from, 'faiss'), join(folder, 'include', 'faiss'))
  })
}

/**
 * Builds the GPU part of FAISS for CUDA architectures (['80', '90']) unless it is there; returns the folder with
 * include/faiss/gpu and lib/libfaiss_gpu.a. It holds nothing of the CPU part and goes with that of every instruction set.
 */
export async function prepareFaissGpu(architectures, cuda) {
  const flags = [...GPU_FLAGS, `-DCMAKE_CUDA_ARCHITECTURES=${cmakeArchitectures(architectures)}`]
  const minutes = `about ${8 + 8 * architectures.length} minutes on 2 cores, once`
  const name = `cuda-${architectures.join('-')}`
  return compiled(name, [...flags, `cuda ${cuda.version}`], minutes, async (from, folder, compile) => {
    const tools = [`-DCMAKE_CUDA_COMPILER=${cuda.nvcc}`, `-DCUDAToolkit_ROOT=${cuda.root}`]
    const objects = join(
      await compile(tools, 'faiss_gpu_objs'),
      'faiss',
      'gpu',
      'CMakeFiles',
      'faiss_gpu_objs.dir',
    )
    const names = readdirSync(objects, { recursive: true }).filter((file) => file.endsWith('.o'))
    await run('ar', ['qcs', join(folder, 'lib', 'libfaiss_gpu.a'), ...names.sort()], { cwd: objects })
    copyHeaders(join(from, 'faiss', 'gpu'), join(folder, 'include', 'faiss', 'gpu'))
  })
}

/** Machine code for each architecture, and for later ones the intermediate code of the last: '80-real;90'. */
export const cmakeArchitectures = (architectures) =>
  architectures.map((name, i) => (i < architectures.length - 1 ? `${name}-real` : name)).join(';')

/** A part compiled from the source: make(from, folder, compile), where compile(more flags, target) returns the build folder. */
async function compiled(variant, flags, time, make) {
  const from = await source()
  const name = override ? `local-faiss-${variant}` : `faiss-${VERSION}-${variant}`
  const origin = override ? `${from} ${statSync(join(from, 'faiss', 'Index.h')).mtimeMs}` : SOURCE.identity
  const options = flags.filter((flag) => flag.startsWith('-D'))
  return part(
    name,
    `${origin} ${flags.join(' ')}`,
    `FAISS for ${variant}: compiling (${time})`,
    async (folder) => {
      const build = `${folder}.build`
      const compile = async (more, target) => {
        const modules = `-DCMAKE_MODULE_PATH=${join(pins, 'faiss', 'cmake')}`
        await run('cmake', ['-S', from, '-B', build, '-G', 'Ninja', ...options, ...more, modules])
        await run('ninja', ['-C', build, '-j', `${availableParallelism()}`, target], {
          onLine: progress(`FAISS ${variant}`),
        })
        return build
      }
      try {
        mkdirSync(join(folder, 'lib'))
        await make(from, folder, compile)
        cpSync(join(from, 'LICENSE'), join(folder, 'LICENSE'))
      } finally {
        rmSync(build, { recursive: true, force: true })
      }
    },
  )
}

function copyHeaders(from, to) {
  const wanted = (path) =>
    path === from ||
    (statSync(path).isDirectory() ? !/\/(gpu|python|test|perf)$/.test(path) : /\.(h|hpp|cuh)$/.test(path))
  cpSync(from, to, { recursive: true, filter: wanted })
}

/** Prints Ninja's "[done/total]" every ten seconds with the time that is left. */
function progress(what) {
  const begin = performance.now()
  let printed = begin
  return (line) => {
    const [, done, total] = /^\[(\d+)\/(\d+)\]/.exec(line) ?? []
    const now = performance.now()
    if (!done || now - printed < 10_000) return
    printed = now
    log(
      `  ${what}: ${done} of ${total} files, about ${seconds(((now - begin) / done) * (total - done))} left`,
    )
  }
}
