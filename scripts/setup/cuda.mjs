// The CUDA toolkit that CUDA builds compile with: the system's, or the parts of it that we need from Python wheels.
import { chmodSync, cpSync, existsSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import { log, Problem } from '../common/log.mjs'
import { start } from '../common/run.mjs'
import { part } from './part.mjs'
import { pinHash, unpackWheels } from './python.mjs'

const VERSION = '13.0'
/** The libraries of another major version have other names (libcublas.so.13), and ONNX Runtime wants these. */
const MAJOR = 13
// What FAISS and native/cuda include and link, below the root of a toolkit.
const HEADERS = ['cuda_runtime.h', 'cublas_v2.h', 'curand_kernel.h', 'cuda_profiler_api.h']
const PLATFORMS = ['manylinux_2_27_x86_64', 'manylinux2014_x86_64', 'manylinux2010_x86_64']

/**
 * Returns { root, nvcc, version, lib }: the toolkit's folder, its compiler, '13.0', and the folder of its libraries.
 * CUDACXX and CUDAToolkit_ROOT name one that must do; one on PATH or in /usr/local/cuda is taken if it does.
 */
export async function prepareCuda() {
  for (const { from, nvcc, named } of candidates()) {
    const found = await examine(nvcc)
    if (!found.problem) return found
    if (named) throw new Problem(`${from}: expected CUDA ${VERSION} or newer ${MAJOR}.x; ${found.problem}.`)
    log(`  ${nvcc} is not used: ${found.problem}`)
  }
  const root = await fromWheels()
  return describe(root, join(root, 'bin', 'nvcc'), VERSION)
}

function* candidates() {
  const { CUDACXX, CUDAToolkit_ROOT, PATH = '' } = process.env
  if (CUDACXX) yield { from: 'CUDACXX', nvcc: resolve(CUDACXX), named: true }
  if (CUDAToolkit_ROOT)
    yield { from: 'CUDAToolkit_ROOT', nvcc: resolve(CUDAToolkit_ROOT, 'bin', 'nvcc'), named: true }
  for (const folder of [...PATH.split(delimiter), '/usr/local/cuda/bin']) {
    const nvcc = join(folder, 'nvcc')
    if (folder && existsSync(nvcc)) yield { from: folder, nvcc }
  }
}

async function examine(nvcc) {
  const { code, output } = await start(nvcc, ['--version'])
  if (code !== 0) return { problem: `${nvcc} does not run` }
  const version = /release (\d+\.\d+)/.exec(output)?.[1] ?? 'unknown'
  if (Number.parseInt(version, 10) !== MAJOR) return { problem: `${nvcc} is version ${version}` }
  const root = dirname(dirname(realpathSync(nvcc)))
  const includes = [join(root, 'include'), join(root, 'targets', 'x86_64-linux', 'include')]
  const lacks = HEADERS.filter((name) => !includes.some((folder) => existsSync(join(folder, name))))
  if (lacks.length > 0) return { problem: `${root} has no ${lacks.join(', ')}` }
  const found = describe(root, nvcc, version)
  return existsSync(join(found.lib, 'libcudart_static.a'))
    ? found
    : { problem: `${found.lib} has no libcudart_static.a` }
}

function describe(root, nvcc, version) {
  const lib = join(root, existsSync(join(root, 'lib64')) ? 'lib64' : 'lib')
  return { root, nvcc, version, lib }
}

/** Puts the wheels of third-party/cuda.txt together as the toolkit's own folder is laid out. */
function fromWheels() {
  return part(
    `cuda-${VERSION}`,
    `wheels ${pinHash('cuda')}`,
    `CUDA toolkit ${VERSION} (570 MB)`,
    async (folder) => {
      const wheels = join(folder, 'wheels')
      await unpackWheels('cuda', wheels, [
        ...['--python-version', '3.11'],
        ...PLATFORMS.flatMap((platform) => ['--platform', platform]),
      ])
      cpSync(join(wheels, 'nvidia', `cu${MAJOR}`), folder, { recursive: true })
      licenses(wheels, join(folder, 'licenses'))
      rmSync(wheels, { recursive: true })
      for (const programs of [join(folder, 'bin'), join(folder, 'nvvm', 'bin')]) {
        for (const name of readdirSync(programs, { recursive: true })) chmodSync(join(programs, name), 0o755)
      }
      // The names that nvcc and CMake look for.
      symlinkSync('lib', join(folder, 'lib64'))
      for (const name of readdirSync(join(folder, 'lib'))) {
        const link = /^(lib.*\.so)\.\d+$/.exec(name)?.[1]
        if (link) symlinkSync(name, join(folder, 'lib', link))
      }
    },
  )
}

function licenses(wheels, to) {
  for (const info of readdirSync(wheels).filter((name) => name.endsWith('.dist-info')))
    cpSync(join(wheels, info, 'licenses'), join(to, info.replace(/-.*/, '')), { recursive: true })
}
