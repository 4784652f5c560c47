// ONNX Runtime: the library from the Python wheel, the headers from a Node package that carries them.
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Problem } from '../common/log.mjs'
import { run, runOnline } from '../common/run.mjs'
import { part, verify } from './part.mjs'
import { pinHash, unpackWheels } from './python.mjs'

const VERSION = '1.32.0'
/** The newest one with CUDA 13 on PyPI; its API is that of the headers, and it serves the CUDA addon alone. */
const GPU_VERSION = '1.31.1'
// The library inside is the same for every Python: one wheel is pinned, whatever Python runs.
const WHEEL = [
  '--python-version',
  '3.11',
  '--implementation',
  'cp',
  '--abi',
  'cp311',
  '--platform',
  'manylinux_2_28_x86_64',
]
const HEADERS = {
  name: 'com.github.asus4.onnxruntime@0.4.9',
  sha256: 'e59788788818fdde1b2e522e766a21ba0f7d8391de55737abf81e32cc801785d',
  folder: 'package/Plugins/iOS~/onnxruntime.xcframework/ios-arm64/onnxruntime.framework/Headers',
}

/** Returns the folder with include/onnxruntime_c_api.h and lib/libonnxruntime.so.*. */
export async function prepareOnnxRuntime() {
  const override = process.env.ONNXRUNTIME_ROOT
  if (override) {
    if (existsSync(join(override, 'include', 'onnxruntime_c_api.h'))) return resolve(override)
    throw new Problem(
      `ONNXRUNTIME_ROOT: expected a folder with include/onnxruntime_c_api.h and lib/, received ${override}.`,
    )
  }
  const identity = `wheel ${pinHash('onnxruntime')} headers ${HEADERS.name} sha256:${HEADERS.sha256}`
  return part(
    `onnxruntime-${VERSION}`,
    identity,
    `ONNX Runtime ${VERSION}: library and headers`,
    async (folder) => {
      await library(folder)
      await headers(folder)
    },
  )
}

/** Returns the folder with lib/libonnxruntime.so.* and the libraries of its CUDA provider. */
export const prepareOnnxRuntimeGpu = () =>
  // Not named onnxruntime-*: builds without CUDA must not take it for theirs.
  part(
    `gpu-onnxruntime-${GPU_VERSION}`,
    `wheel ${pinHash('onnxruntime-gpu')}`,
    `ONNX Runtime ${GPU_VERSION} with CUDA (255 MB)`,
    (folder) => library(folder, 'onnxruntime-gpu', /^libonnxruntime(\.so\.|_providers_(shared|cuda)\.so$)/),
  )

async function library(folder, pin = 'onnxruntime', wanted = /^libonnxruntime\.so\./) {
  const wheel = join(folder, 'wheel')
  await unpackWheels(pin, wheel, WHEEL)
  const capi = join(wheel, 'onnxruntime', 'capi')
  mkdirSync(join(folder, 'lib'))
  for (const name of readdirSync(capi).filter((file) => wanted.test(file)))
    cpSync(join(capi, name), join(folder, 'lib', name))
  for (const notice of ['LICENSE', 'ThirdPartyNotices.txt'])
    cpSync(join(wheel, 'onnxruntime', notice), join(folder, notice))
  rmSync(wheel, { recursive: true })
}

async function headers(folder) {
  const download = join(folder, 'package')
  mkdirSync(download)
  await runOnline('npm', ['pack', HEADERS.name, '--silent', '--pack-destination', download], { cwd: folder })
  const archive = join(download, readdirSync(download)[0])
  await verify(archive, HEADERS.sha256)
  mkdirSync(join(folder, 'include'))
  const depth = HEADERS.folder.split('/').length
  await run('tar', [
    '-xzf',
    archive,
    '-C',
    join(folder, 'include'),
    `--strip-components=${depth}`,
    HEADERS.folder,
  ])
  rmSync(download, { recursive: true })
}
