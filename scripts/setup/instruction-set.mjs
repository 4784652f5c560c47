// The instruction set that a local build is for; native/cmake/instruction_set.cmake says what each one means.
import { readFileSync } from 'node:fs'
import { Problem } from '../common/log.mjs'

const AVX512 = ['avx512f', 'avx512bw', 'avx512dq', 'avx512vl', 'avx512cd']
const AVX2 = ['avx2', 'fma', 'f16c', 'popcnt']

/** 'avx512' or 'avx2', by this machine's CPU. */
export function localInstructionSet() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Problem(`densenode builds on Linux x86-64; this is ${process.platform} ${process.arch}.`)
  }
  const flags = new Set(/^flags\s*:\s*(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1].split(' '))
  if (AVX512.every((flag) => flags.has(flag))) return 'avx512'
  if (AVX2.every((flag) => flags.has(flag))) return 'avx2'
  throw new Problem('densenode needs a CPU with AVX2 and FMA; this one lacks them.')
}
