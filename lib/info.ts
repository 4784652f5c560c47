import { readFileSync } from 'node:fs'
import * as path from 'node:path'

import { type CpuFeatures, cpuFeatures } from './cpu-features'
import { DensenodeError } from './errors'
import { native, nativePath, packageRoot } from './native'

/** Something that this machine or this install lacks. */
export interface MissingPart {
  part: 'native binary' | 'ONNX Runtime'
  problem: string
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
    /** Whether it was compiled with CUDA. */
    cuda: boolean
  } | null
  /**
   * Threads of densenode's pool, 0 without a native build. DENSENODE_THREADS sets it, else the cores of this
   * process.
   */
  threads: number
  /** What EmbeddingModel.load takes as `device`. */
  devices: string[]
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
    providers: [],
    missing: [],
  }
  try {
    const { threads, ...build } = native().info()
    result.build = { path: nativePath(), ...build }
    result.threads = threads
    // In place of a version stands what went wrong.
    if (/^\d/.test(build.onnxruntime)) {
      result.devices.push('cpu')
      result.providers.push('CPUExecutionProvider')
    } else {
      result.missing.push({ part: 'ONNX Runtime', problem: build.onnxruntime })
    }
  } catch (error) {
    const problem = error instanceof DensenodeError ? error.message : String(error)
    result.missing.push({ part: 'native binary', problem })
  }
  return result
}

function version(): string {
  try {
    const file = path.join(packageRoot(), 'package.json')
    return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
  } catch {
    return 'unknown'
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
