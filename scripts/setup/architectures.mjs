// For which GPUs a CUDA build compiles: compute capabilities times ten, '90' for an H100.
import { Problem } from '../common/log.mjs'
import { start } from '../common/run.mjs'

/** Turing (T4), A100, A10 and RTX 30, L4 and RTX 40, H100 and, by the driver's compiler, what comes after. */
const RELEASE = ['75', '80', '86', '89', '90']
/** Where this machine has no GPU to ask. */
const FALLBACK = ['90']
/** What CUDA 13.0 compiles for and FAISS runs on. */
const OLDEST = 75

/**
 * The architectures of `--cuda`: what `--cuda-architectures 80,90` or DENSENODE_CUDA_ARCHITECTURES says ('release' for
 * all), else those of this machine's GPUs, else 90.
 */
export async function chosenArchitectures(argv = process.argv) {
  const given = option(argv, '--cuda-architectures') ?? process.env.DENSENODE_CUDA_ARCHITECTURES
  if (!given) return localArchitectures()
  return given === 'release' ? RELEASE : parse(given)
}

/** The architectures of a release where `--cuda` asks for one: all, or what the command says. */
export function releaseArchitectures(argv = process.argv) {
  if (!argv.includes('--cuda')) return undefined
  const given = option(argv, '--cuda-architectures')
  return given ? parse(given) : RELEASE
}

function option(argv, name) {
  const index = argv.findIndex((argument) => argument === name || argument.startsWith(`${name}=`))
  if (index < 0) return undefined
  return argv[index].includes('=') ? argv[index].slice(name.length + 1) : (argv[index + 1] ?? '')
}

function parse(text) {
  const list = text.split(/[,;]/)
  if (list.every((name) => /^\d{2,3}$/.test(name) && Number(name) >= OLDEST)) return ordered(list)
  throw new Problem(
    `--cuda-architectures: expected 'release' or numbers from ${OLDEST} with commas, such as 80,90; received '${text}'.`,
  )
}

const ordered = (list) => [...new Set(list)].sort((a, b) => a - b)

/** By the driver's own program. */
async function localArchitectures() {
  const { code, output } = await start('nvidia-smi', ['--query-gpu=compute_cap', '--format=csv,noheader'])
  const found = code === 0 ? (output.match(/^\d+\.\d+$/gm) ?? []) : []
  const usable = found.map((capability) => capability.replace('.', '')).filter((name) => name >= OLDEST)
  return usable.length > 0 ? ordered(usable) : FALLBACK
}
