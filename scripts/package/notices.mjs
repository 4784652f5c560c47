// Licences of everything that is inside the binaries, in one text.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Problem } from '../common/log.mjs'
import { inRoot } from '../common/paths.mjs'

const committed = (name) => inRoot('scripts', 'package', 'licenses', `${name}.txt`)

/** The text of THIRD_PARTY_NOTICES.txt. cuda: of the package with CUDA, which has another ONNX Runtime. */
export function notices(
  { faiss, onnxruntime: cpuRuntime, openblas, oniguruma, cuda: parts },
  { cuda = false } = {},
) {
  const onnxruntime = cuda ? parts.onnxruntime : cpuRuntime
  const sources = [
    ['FAISS', join(Object.values(faiss)[0], 'LICENSE')],
    ['ONNX Runtime', join(onnxruntime, 'LICENSE')],
    ['OpenBLAS', committed('openblas')],
    ['OpenBLAS: the build that is shipped', join(openblas, 'LICENSE')],
    ['JSON for Modern C++', committed('nlohmann-json')],
    ['Oniguruma', join(oniguruma, 'COPYING')],
    ['xxHash', committed('xxhash')],
    ['Snowball (libstemmer, stop word lists)', committed('snowball')],
    ['GNU run time libraries', committed('gcc-runtime')],
    ...(cuda ? [['CUDA run time, which is linked in', cudaLicense(parts.toolkit.root)]] : []),
    ['What ONNX Runtime contains', join(onnxruntime, 'ThirdPartyNotices.txt')],
  ]
  const rule = '='.repeat(100)
  return sources.map(([title, file]) => `${rule}\n${title}\n${rule}\n\n${read(file)}\n`).join('\n')
}

/** Where the wheels and where the installers have NVIDIA's terms. */
function cudaLicense(toolkit) {
  const places = [join('licenses', 'nvidia_cuda_runtime', 'License.txt'), 'EULA.txt', join('doc', 'EULA.txt')]
  const files = places.map((place) => join(toolkit, place))
  return files.find((file) => existsSync(file)) ?? files[0]
}

function read(file) {
  if (existsSync(file)) return readFileSync(file, 'utf8').trim()
  throw new Problem(`${file}: the licence of a part that is shipped is missing; put it there.`)
}
