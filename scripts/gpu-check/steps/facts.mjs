// What machine this is: the GPU, the driver, Python's packages, and what densenode says of itself.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { inRoot } from '../../common/paths.mjs'
import { runProgram } from '../run-program.mjs'
import { programPath } from './native.mjs'

const PACKAGES = `
import importlib.metadata, platform, sys
def version(name):
    try:
        return name + "=" + importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return name + " missing"
names = "torch", "sentence-transformers", "transformers", "numpy", "nvidia-cublas", "nvidia-cudnn-cu13"
print(sys.version.split()[0], *platform.libc_ver(), *map(version, names))
`

const INFO = 'console.log(JSON.stringify(require(process.argv[1]).info()))'

export async function facts(context) {
  const run = (program, ...args) => runProgram(context, program, args, { seconds: 60 })
  const query = ['--query-gpu=name,driver_version,memory.total', '--format=csv,noheader']
  await run('nvidia-smi')
  const gpu = await run('nvidia-smi', ...query)
  const packages = await run('python3', '-c', PACKAGES)
  const own = await run(process.execPath, '-e', INFO, inRoot())
  const info = parse(own.output)
  const unresolved = await unresolvedLibraries(context)
  context.usable = info?.devices.some((device) => device.startsWith('cuda')) ?? false
  return [
    { name: 'GPU', status: gpu.code === 0 ? gpu.output.trim() : 'none found' },
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
      name: 'shared libraries',
      status: unresolved ? 'some are not found' : 'all found',
      problem: unresolved,
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

/** Of the addon, ONNX Runtime's CUDA provider and the test program: what the loader would not find by itself. */
async function unresolvedLibraries(context) {
  const release = inRoot('build', 'Release')
  const files = [
    join(release, 'densenode.cuda.node'),
    join(release, 'cuda', 'libonnxruntime_providers_cuda.so'),
    await programPath('densenode_test_cuda', context),
  ].filter((file) => existsSync(file))
  const { output } = await runProgram(context, 'ldd', files, { seconds: 20 })
  return [...new Set(output.match(/^.*not found.*$/gm) ?? [])].map((line) => line.trim()).join('; ')
}

function parse(output) {
  try {
    return JSON.parse(output.trim().split('\n').at(-1))
  } catch {
    return undefined
  }
}
