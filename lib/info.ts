import { readFileSync } from 'node:fs'

import { type CpuFeatures, cpuFeatures } from './cpu-features'
import { DensenodeError } from './errors'
import { type Binding, cudaNotLoaded, native, nativePath, version } from './native'

/** Something that this machine or this install lacks. */
export interface MissingPart {
  part: 'native binary' | 'ONNX Runtime' | 'CUDA'
  /** What is wrong and what to do. */
  problem: string
}

/** A GPU that densenode can use. */
export interface Gpu {
  /** What EmbeddingModel.load and VectorIndex.create take: `'cuda:0'`. */
  device: string
  /** `'NVIDIA H100 80GB HBM3'` */
  name: string
  /** `'9.0'` */
  computeCapability: string
  memoryBytes: number
}

export interface Info {
  /** Version of densenode. */
  version: string
  node: string
  /** `'linux-x64'` and the like. */
  platform: string
  cpu: CpuFeatures & { model: string }
  /** The native build; null where it cannot be loaded (see missing). */
  build: {
    /** File of the addon. */
    path: string
    /** Instruction set that it was compiled for. */
    instructionSet: string
    faiss: string
    onnxruntime: string
    /** File of the ONNX Runtime library. */
    onnxruntimePath: string
    openblas: string
    /**
     * CUDA versions: what it was compiled with, and the newest of the driver (empty without one); null:
     * compiled without.
     */
    cuda: { toolkit: string; driver: string } | null
  } | null
  /**
   * Threads of densenode's pool, 0 without a native build. DENSENODE_THREADS sets it, else the cores of this
   * process.
   */
  threads: number
  /** What EmbeddingModel.load takes as `device`: `'cpu'` and `'cuda:0'` and so on. */
  devices: string[]
  /** The usable GPUs; empty where there is none, and `missing` says why if one should be. */
  gpus: Gpu[]
  /** Execution providers of ONNX Runtime in use. */
  providers: string[]
  /** Empty where everything works. */
  missing: MissingPart[]
}

/**
 * What densenode found here: versions, build, processor, devices, and what is missing. Never throws, also not
 * where the native binary cannot be loaded; give its output with a bug report.
 */
export function info(): Info {
  const result: Info = {
    version: version(),
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    cpu: { ...cpuFeatures(), model: cpuModel() },
    build: null,
    threads: 0,
    devices: [],
    gpus: [],
    providers: [],
    missing: [],
  }
  try {
    const { threads, cuda, cudaProvider, ...build } = native().info()
    result.build = {
      path: nativePath(),
      ...build,
      cuda: cuda && { toolkit: cuda.toolkit, driver: cuda.driver },
    }
    result.threads = threads
    // In place of a version stands what went wrong.
    if (/^\d/.test(build.onnxruntime)) {
      result.devices.push('cpu')
      result.providers.push('CPUExecutionProvider')
    } else {
      result.missing.push({ part: 'ONNX Runtime', problem: build.onnxruntime })
    }
    addCuda(result, cuda, cudaProvider)
  } catch (error) {
    const problem = error instanceof DensenodeError ? error.message : String(error)
    result.missing.push({ part: 'native binary', problem })
  }
  return result
}

function addCuda(result: Info, cuda: Binding.NativeCuda | null, provider: boolean): void {
  const problem = cuda ? cuda.problem : cudaNotLoaded()
  if (problem) result.missing.push({ part: 'CUDA', problem })
  if (!cuda || cuda.devices.length === 0) return
  result.gpus = cuda.devices
  result.devices.push(...cuda.devices.map(({ device }) => device))
  if (provider) result.providers.unshift('CUDAExecutionProvider')
  else {
    const problem = `No libonnxruntime_providers_cuda.so beside ${result.build?.onnxruntimePath}: install @densenode/linux-x64-cuda again.`
    result.missing.push({ part: 'CUDA', problem })
  }
}

function cpuModel(): string {
  // Not os.cpus(): it reads the speed of every core.
  try {
    return /^model name\s*:\s*(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? 'unknown'
  } catch {
    return 'unknown'
  }
}
