// The environment of everything that the check runs: where CUDA's libraries are, which addon, which model.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { inRoot, modelFolder, python as ownPython, thirdParty } from '../common/paths.mjs'

/** The setup's Python where it is, else the system's, which brings torch and NVIDIA's libraries on many GPU machines. */
const python = existsSync(ownPython) ? ownPython : 'python3'

export function checkEnvironment({ bundle }) {
  const release = inRoot('build', 'Release')
  const cuda = cudaFolders()
  // The driver's own folder, where the loader is not told of it.
  const driver = ['/usr/local/nvidia/lib64', '/usr/lib/wsl/lib'].filter(existsSync)
  const inherited = process.env.LD_LIBRARY_PATH?.split(delimiter).filter(Boolean) ?? []
  const runtime = bundle && findFile(join(release, 'cuda'), /^libonnxruntime\.so/)
  return {
    ...process.env,
    ...(cuda.length > 0 && { DENSENODE_CUDA_LIBRARIES: cuda.join(delimiter) }),
    LD_LIBRARY_PATH: [...inherited, ...cuda, ...driver, ...(bundle ? [release] : [])].join(delimiter),
    // Nothing else may stand in: with the CPU's addon every GPU test would be skipped.
    DENSENODE_BINARY: join(release, 'densenode.cuda.node'),
    ...(runtime && { DENSENODE_ONNXRUNTIME_LIBRARY: runtime }),
    DENSENODE_MODEL: modelFolder,
    DENSENODE_THIRD_PARTY: thirdParty,
    DENSENODE_PYTHON: python,
  }
}

/** Folders with CUDA's libraries in Python's packages: nvidia/cu13/lib, or nvidia/<library>/lib. */
function cudaFolders() {
  const search =
    'import site, sys; print("\\n".join([*sys.path, *site.getsitepackages(), site.getusersitepackages()]))'
  const folders = new Set()
  for (const place of packageFolders(search)) {
    const nvidia = join(place, 'nvidia')
    if (!place || !existsSync(nvidia)) continue
    for (const name of readdirSync(nvidia)) {
      const lib = join(nvidia, name, 'lib')
      if (findFile(lib, /\.so\.\d+$/)) folders.add(lib)
    }
  }
  return [...folders]
}

function packageFolders(search) {
  try {
    return new Set(execFileSync('python3', ['-c', search], { encoding: 'utf8' }).split('\n'))
  } catch {
    return []
  }
}

function findFile(folder, pattern) {
  const name = existsSync(folder) ? readdirSync(folder).find((file) => pattern.test(file)) : undefined
  return name && join(folder, name)
}
