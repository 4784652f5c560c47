// What machine this is: the GPU, the driver, Python's packages, and what densenode says of itself.
import { inRoot } from '../../common/paths.mjs'
import { runProgram } from '../run-program.mjs'

const PACKAGES =
  'import importlib.metadata as m, platform, sys; print(sys.version.split()[0], " ".join(platform.libc_ver()), *[f"{d}={m.version(d)}" ' +
  'for d in ("torch", "sentence-transformers", "transformers", "numpy", "nvidia-cublas", "nvidia-cudnn-cu13") ' +
  'if any(x.metadata["Name"] == d for x in m.distributions())])'

export async function facts(context) {
  const nvidia = await runProgram(context, 'nvidia-smi', [], { seconds: 30 })
  const name = await runProgram(
    context,
    'nvidia-smi',
    ['--query-gpu=name,driver_version,memory.total', '--format=csv,noheader'],
    {
      seconds: 30,
    },
  )
  const packages = await runProgram(context, 'python3', ['-c', PACKAGES], { seconds: 30 })
  const own = await runProgram(
    context,
    process.execPath,
    ['-e', 'console.log(JSON.stringify(require(process.argv[1]).info()))', inRoot()],
    { seconds: 60 },
  )
  const info = parse(own.output)
  context.usable = info?.devices.some((device) => device.startsWith('cuda')) ?? false
  return [
    { name: 'GPU', status: nvidia.code === 0 ? name.output.trim() : 'none found' },
    {
      name: 'CPU',
      status: info ? `${info.cpu.model}, addon for ${info.build?.instructionSet ?? 'none'}` : 'unknown',
    },
    { name: 'Python', status: packages.output.trim().split('\n').at(-1) || 'none' },
    {
      name: 'CUDA libraries',
      status: context.env.DENSENODE_CUDA_LIBRARIES ?? "none in Python's packages",
    },
    {
      name: 'densenode',
      status: context.usable || context.device === 'cpu' ? 'passed' : 'failed',
      info,
      problem: info
        ? info.missing.map(({ part, problem }) => `${part}: ${problem}`).join('; ')
        : own.output.slice(-1000),
    },
  ]
}

function parse(output) {
  try {
    return JSON.parse(output.trim().split('\n').at(-1))
  } catch {
    return undefined
  }
}
