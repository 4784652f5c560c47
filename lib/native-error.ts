import { DensenodeError } from './errors'

/** One place where the loader looked for the addon, and what went wrong there. */
export interface Attempt {
  /** A path or a package. */
  place: string
  problem: string
  /** What would make this place work, where that is known. */
  remedy?: string
}

/** What the remedies depend on. */
export interface Host {
  platform: string
  arch: string
  /** undefined: not glibc (Alpine and others use musl). */
  glibc: string | undefined
}

/** The one error for an addon that does not load: every place, its problem, and the remedies that fit. */
export function binaryNotLoaded(attempts: readonly Attempt[], host: Host, cause?: unknown): DensenodeError {
  const places = attempts.map(({ place, problem }) => `  - ${place}\n      ${problem}`)
  const remedies = [
    ...new Set([...attempts.map((attempt) => attempt.remedy), hostRemedy(host)].filter(Boolean)),
  ]
  const message = [
    `densenode: no native binary could be loaded on ${host.platform}-${host.arch}. Looked at:`,
    ...places,
    'What to do:',
    ...remedies.map((remedy) => `  - ${remedy}`),
  ].join('\n')
  return new DensenodeError('BINARY_NOT_LOADED', message, cause === undefined ? undefined : { cause })
}

export const BUILD_REMEDY = 'Build from source: `npm run build` in a clone of the repository.'

/** The package of the binary with CUDA; users with a GPU install it beside densenode. */
export const CUDA_PACKAGE = '@densenode/linux-x64-cuda'

/** Why the binary with CUDA is not in use on a machine with a GPU, for info(). */
export function cudaNotUsed({ place, problem, remedy }: Attempt): string {
  const what = `This machine has an NVIDIA device, but the binary without CUDA is in use: ${place}: ${problem}.`
  return remedy ? `${what} Remedy: ${remedy}` : what
}

function hostRemedy(host: Host): string | undefined {
  if (host.platform !== 'linux' || host.arch !== 'x64')
    return `Prebuilt binaries exist for linux-x64 only, not for ${host.platform}-${host.arch}.`
  if (host.glibc === undefined)
    return 'Prebuilt binaries need glibc, and this system has another C library (musl on Alpine): use a Debian, Ubuntu or Fedora image.'
  return undefined
}

/** A dlopen error in plain words. */
export function explainLoadFailure(error: unknown): Omit<Attempt, 'place'> {
  const problem = (error instanceof Error ? error.message : String(error)).split('\n')[0]!
  const missing = /(\S+\.so[.\d]*): cannot open shared object file/.exec(problem)?.[1]
  if (missing && /^lib(onnxruntime|scipy_openblas|gomp)/.test(missing))
    return {
      problem,
      remedy: `${missing} must lie beside the addon or on LD_LIBRARY_PATH: reinstall densenode, or build again with \`npm run build\`.`,
    }
  if (missing)
    return { problem, remedy: `Install the system library ${missing}, or put it on LD_LIBRARY_PATH.` }
  const version = /version `?(GLIBC|GLIBCXX|CXXABI)_([\d.]+)'? not found/.exec(problem)
  if (version)
    return {
      problem,
      remedy: `The binary needs ${version[1]} ${version[2]} or newer: use a newer distribution. ${BUILD_REMEDY}`,
    }
  if (/invalid ELF header|file too short|wrong ELF class|not a valid|ELF file/.test(problem))
    return { problem, remedy: 'The file is damaged or made for another machine: install densenode again.' }
  return { problem }
}
