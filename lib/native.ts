import { existsSync, readdirSync, readFileSync } from 'node:fs'
import * as path from 'node:path'
import { isMainThread } from 'node:worker_threads'

import type * as Binding from '../binding'
import { cpuFeatures } from './cpu-features'
import {
  type Attempt,
  BUILD_REMEDY,
  binaryNotLoaded,
  CUDA_PACKAGE,
  cudaNotUsed,
  explainLoadFailure,
  type Host,
} from './native-error'

/** What binding.d.ts declares. */
export type Native = typeof Binding
export type { Binding }

interface Loaded {
  native: Native
  path: string
}

let loaded: Loaded | undefined
let cudaProblem = ''

/**
 * The addon, loaded on first use. Looked for in this order; the first place that has a file decides: 1. the
 * file that the environment variable DENSENODE_BINARY names, and then nothing else; 2. where this machine has
 * an NVIDIA device, the binary with CUDA: build/Release/densenode.cuda.node in the package folder, made by
 * `npm run build -- --cuda`, then the package @densenode/linux-x64-cuda. If it does not load, the search goes
 * on, and info() says why; 3. build/Release/densenode.node in the package folder, made by `npm run build`; 4.
 * the platform package @densenode/linux-x64, an optional dependency, in the version for this processor.
 *
 * Throws DensenodeError BINARY_NOT_LOADED. Requiring densenode itself never loads it, so that info() can tell
 * what is wrong.
 */
export function native(): Native {
  loaded ??= load()
  return loaded.native
}

/** The file of the loaded addon. */
export function nativePath(): string {
  native()
  return loaded!.path
}

/** Why this machine's GPU is not used, with the remedy; empty where it is, or where there is none. */
export function cudaNotLoaded(): string {
  return cudaProblem
}

function load(): Loaded {
  const attempts: Attempt[] = []
  let cause: unknown
  for (const place of [fromEnvironment, fromCuda, fromBuild, fromPlatformPackage]) {
    const candidate = place(attempts)
    if (candidate === 'stop') break
    if (candidate === undefined) continue
    try {
      return open(candidate)
    } catch (error) {
      if (place === fromCuda) {
        cudaProblem = cudaNotUsed({ place: candidate.path, ...explainLoadFailure(error) })
        continue
      }
      attempts.push({ place: candidate.path, ...explainLoadFailure(error) })
      cause = error
      break
    }
  }
  throw binaryNotLoaded(attempts, host(), cause)
}

interface Candidate {
  path: string
  require(): Native
}

function open(candidate: Candidate): Loaded {
  const native = candidate.require()
  // A process that exits must not tear the engines down under their running threads.
  if (isMainThread) process.once('exit', () => native.stop())
  return { native, path: candidate.path }
}

function fromEnvironment(attempts: Attempt[]): Candidate | 'stop' | undefined {
  const file = process.env.DENSENODE_BINARY
  if (!file) return undefined
  const remedy =
    'DENSENODE_BINARY is set, so nothing else was tried: point it to a densenode.node, or unset it.'
  const resolved = path.resolve(file)
  if (!existsSync(resolved)) {
    attempts.push({ place: `${resolved} (DENSENODE_BINARY)`, problem: 'no such file', remedy })
    return 'stop'
  }
  return { path: resolved, require: () => openBinary(resolved) }
}

/**
 * The binary with CUDA, where there is something for it. What it lacks is no attempt: the CPU's binary does
 * without.
 */
function fromCuda(): Candidate | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64' || !hasGpu()) return undefined
  const file = path.join(packageRoot(), 'build', 'Release', 'densenode.cuda.node')
  if (existsSync(file)) return { path: file, require: () => openBinary(file) }
  const remedy = inClone() ? '`npm run build -- --cuda`' : `\`npm install ${CUDA_PACKAGE}@${version()}\``
  try {
    const manifest = require.resolve('@densenode/linux-x64-cuda/package.json')
    const installed = readManifest(path.dirname(manifest)).version
    if (installed === version()) {
      return {
        path: require.resolve('@densenode/linux-x64-cuda/densenode.cuda.node'),
        require: () => require('@densenode/linux-x64-cuda/densenode.cuda.node') as Native,
      }
    }
    const problem = `is version ${installed}, and densenode is ${version()}`
    cudaProblem = cudaNotUsed({ place: CUDA_PACKAGE, problem, remedy })
  } catch {
    cudaProblem = cudaNotUsed({ place: CUDA_PACKAGE, problem: 'is not installed', remedy })
  }
  return undefined
}

/** True if the kernel shows an NVIDIA device to this process (/dev/dxg: under Windows). */
function hasGpu(): boolean {
  try {
    return readdirSync('/dev').some((name) => /^(nvidia\d+|dxg)$/.test(name))
  } catch {
    return false
  }
}

function fromBuild(attempts: Attempt[]): Candidate | undefined {
  const file = path.join(packageRoot(), 'build', 'Release', 'densenode.node')
  if (existsSync(file)) return { path: file, require: () => openBinary(file) }
  attempts.push({ place: file, problem: 'no such file', ...(inClone() && { remedy: BUILD_REMEDY }) })
  return undefined
}

/** Installed packages carry no sources. */
function inClone(): boolean {
  return existsSync(path.join(packageRoot(), 'CMakeLists.txt'))
}

function fromPlatformPackage(attempts: Attempt[]): Candidate | 'stop' | undefined {
  const name = '@densenode/linux-x64'
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    attempts.push({ place: name, problem: 'is not for this platform', remedy: BUILD_REMEDY })
    return 'stop'
  }
  const cpu = cpuFeatures()
  if (!cpu.avx512 && !(cpu.avx2 && cpu.fma)) {
    attempts.push({
      place: name,
      problem: 'needs a processor with AVX2 and FMA, and /proc/cpuinfo shows none',
      remedy:
        'Run on an x86-64 processor of 2013 or later; in a virtual machine, pass the host processor through.',
    })
    return 'stop'
  }
  try {
    // Literal names, so that bundlers find the files.
    return cpu.avx512
      ? {
          path: require.resolve('@densenode/linux-x64/densenode.avx512.node'),
          require: () => require('@densenode/linux-x64/densenode.avx512.node') as Native,
        }
      : {
          path: require.resolve('@densenode/linux-x64/densenode.avx2.node'),
          require: () => require('@densenode/linux-x64/densenode.avx2.node') as Native,
        }
  } catch (error) {
    attempts.push({
      place: name,
      problem: `not installed (${(error as Error).message.split('\n')[0]})`,
      ...(!inClone() && { remedy: INSTALL_REMEDY }),
    })
    return 'stop'
  }
}

const INSTALL_REMEDY =
  'Optional dependencies were left out of the install, or the lock file is of another platform: ' +
  '`npm install --include=optional`.'

function openBinary(file: string): Native {
  const module = { exports: {} }
  process.dlopen(module, file)
  return module.exports as Native
}

function host(): Host {
  const report = process.report as { excludeNetwork?: boolean; getReport(): object }
  report.excludeNetwork = true // reading the interfaces may take seconds
  const { header } = report.getReport() as { header: { glibcVersionRuntime?: string } }
  return { platform: process.platform, arch: process.arch, glibc: header.glibcVersionRuntime }
}

/** The folder of densenode's package.json; the one above the compiled files where none is found. */
export function packageRoot(): string {
  for (let folder = __dirname; ; folder = path.dirname(folder)) {
    if (packageName(folder) === 'densenode') return folder
    if (folder === path.dirname(folder)) return path.dirname(__dirname)
  }
}

/** Of densenode. */
export function version(): string {
  return readManifest(packageRoot()).version ?? 'unknown'
}

function packageName(folder: string): string | undefined {
  return readManifest(folder).name
}

function readManifest(folder: string): { name?: string; version?: string } {
  try {
    return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as object
  } catch {
    return {}
  }
}
