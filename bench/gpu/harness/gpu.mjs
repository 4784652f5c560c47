// Which GPU a result was measured on, and what its matrix units can do at most.
import { execFileSync } from 'node:child_process'

// Dense fp16 products with fp32 sums, TFLOP/s of the vendor's data sheets.
const PEAKS = [
  [/H100 PCIe/, 756],
  [/H100 NVL/, 835],
  [/H100|H200|GH200/, 989],
  [/A100|A800/, 312],
  [/A10G?\b/, 125],
  [/L40S/, 362],
  [/L4\b/, 121],
  [/RTX 4090/, 165],
  [/T4\b/, 65],
]

/** { name, driver, memoryMiB, peakTflops } of the first GPU; null without one. */
export function describeGpu() {
  try {
    const fields = 'name,driver_version,memory.total,clocks.max.sm,power.limit'
    const output = execFileSync('nvidia-smi', [`--query-gpu=${fields}`, '--format=csv,noheader,nounits'], {
      encoding: 'utf8',
    })
    const [name, driver, memory, clock, power] = output.split('\n')[0].split(', ')
    return {
      name,
      driver,
      memoryMiB: Number(memory),
      maxClockMHz: Number(clock),
      powerLimitW: Number(power),
      peakTflops: peakOf(name),
    }
  } catch {
    return null
  }
}

function peakOf(name) {
  return PEAKS.find(([pattern]) => pattern.test(name))?.[1] ?? null
}
