import { readFileSync } from 'node:fs'

/** What the processor of this machine can do, as far as densenode's binaries differ by it. */
export interface CpuFeatures {
  avx2: boolean
  fma: boolean
  /** The five AVX-512 sets that the avx512 binary uses: F, BW, DQ, VL and CD. */
  avx512: boolean
  /** Products of bf16 in AVX-512 registers, for embedding models in `'bf16'`. */
  avx512Bf16: boolean
  /** The same in AMX tiles, several times as fast. */
  amxBf16: boolean
}

/** Reads the flags of the first processor; all false where they cannot be read. */
export function cpuFeatures(cpuinfo: string = readCpuinfo()): CpuFeatures {
  const flags = new Set(/^flags\s*:(.*)$/m.exec(cpuinfo)?.[1]?.trim().split(/\s+/))
  const all = (...names: string[]) => names.every((name) => flags.has(name))
  return {
    avx2: all('avx2'),
    fma: all('fma'),
    avx512: all('avx512f', 'avx512bw', 'avx512dq', 'avx512vl', 'avx512cd'),
    avx512Bf16: all('avx512_bf16'),
    amxBf16: all('amx_tile', 'amx_bf16'),
  }
}

function readCpuinfo(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'latin1')
  } catch {
    return ''
  }
}
