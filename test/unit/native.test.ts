import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import * as path from 'node:path'

import { cpuFeatures } from '#lib/cpu-features'
import { binaryNotLoaded, cudaNotUsed, explainLoadFailure } from '#lib/native-error'
import { scratchFolder } from '../scratch-folder'

const root = path.resolve(__dirname, '../../..')
const scratch = scratchFolder('loader')

/** Prints code and message of the error that loading throws, in a process of its own. */
const PROBE = `
const densenode = require(process.argv[1])
try {
  densenode.VectorIndex.attach({ type: 'VectorIndex', id: 1n, pid: process.pid })
} catch (error) {
  console.log(JSON.stringify({ name: error.name, code: error.code, message: error.message, info: densenode.info() }))
}`

interface Answer {
  name: string
  code: string
  message: string
  info: { build: unknown; missing: { part: string; problem: string }[] }
}

function load(packageFolder: string, binary?: string): Answer {
  const env = { ...process.env, DENSENODE_BINARY: binary ?? '' }
  const child = spawnSync(process.execPath, ['-e', PROBE, packageFolder], { env, encoding: 'utf8' })
  expect(child.stderr).toBe('')
  expect(child.status).toBe(0)
  return JSON.parse(child.stdout) as Answer
}

/** The package as npm installs it, without a platform package. */
function installedPackage(): string {
  const folder = path.join(scratch, 'node_modules', 'densenode')
  mkdirSync(folder, { recursive: true })
  cpSync(path.join(root, 'dist'), path.join(folder, 'dist'), { recursive: true })
  cpSync(path.join(root, 'package.json'), path.join(folder, 'package.json'))
  return folder
}

describe('DENSENODE_BINARY', () => {
  test('a missing file is named, and nothing else is tried', () => {
    const file = path.join(scratch, 'missing.node')
    const { name, code, message } = load(root, file)
    expect({ name, code }).toEqual({ name: 'DensenodeError', code: 'BINARY_NOT_LOADED' })
    expect(message).toContain(`${file} (DENSENODE_BINARY)\n      no such file`)
    expect(message).toContain('point it to a densenode.node, or unset it')
    expect(message).not.toContain('@densenode/linux-x64')
    expect(message).not.toContain('npm install')
  })

  test('a file that is no library says so', () => {
    const file = path.join(scratch, 'broken.node')
    writeFileSync(file, 'this is text, not a shared library; long enough to hold an ELF header. '.repeat(4))
    const { code, message } = load(root, file)
    expect(code).toBe('BINARY_NOT_LOADED')
    expect(message).toContain(file)
    expect(message).toContain('invalid ELF header')
    expect(message).toContain('The file is damaged or made for another machine')
  })

  test('an empty file, too', () => {
    const file = path.join(scratch, 'empty.node')
    writeFileSync(file, '')
    expect(load(root, file).message).toContain('The file is damaged or made for another machine')
  })
})

test('an installed package without its platform package names both places and the one remedy', () => {
  const folder = installedPackage()
  const { code, message, info } = load(folder)
  expect(code).toBe('BINARY_NOT_LOADED')
  expect(message).toContain(path.join(folder, 'build', 'Release', 'densenode.node'))
  expect(message).toContain('@densenode/linux-x64')
  expect(message).toContain('npm install --include=optional')
  expect(message).not.toContain('npm run build')
  expect(info.build).toBeNull()
  expect(info.missing).toEqual([{ part: 'native binary', problem: message }])
})

test('a package folder with a broken local build does not fall through to another binary', () => {
  const folder = installedPackage()
  mkdirSync(path.join(folder, 'build', 'Release'), { recursive: true })
  writeFileSync(path.join(folder, 'build', 'Release', 'densenode.node'), '')
  const { message } = load(folder)
  expect(message).toContain('file too short')
  expect(message).not.toContain('@densenode/linux-x64')
  rmSync(path.join(folder, 'build'), { recursive: true })
})

describe('on a machine with an NVIDIA device', () => {
  /** Shows the loader a device node, and prints info(). */
  const WITH_GPU = `
const fs = require('node:fs')
const readdir = fs.readdirSync
fs.readdirSync = (folder, ...rest) => (folder === '/dev' ? ['null', 'nvidia0', 'nvidiactl'] : readdir(folder, ...rest))
console.log(JSON.stringify(require(process.argv[1]).info()))`

  interface Found {
    build: { path: string }
    missing: { part: string; problem: string }[]
  }

  function infoWithGpu(packageFolder: string): Found {
    const env = { ...process.env, DENSENODE_BINARY: '' }
    const child = spawnSync(process.execPath, ['-e', WITH_GPU, packageFolder], { env, encoding: 'utf8' })
    expect(child.stderr).toBe('')
    return JSON.parse(child.stdout) as Found
  }

  /** A package with a local build for the CPU. */
  function builtPackage(): { folder: string; release: string } {
    const folder = installedPackage()
    const release = path.join(folder, 'build', 'Release')
    mkdirSync(release, { recursive: true })
    const built = path.join(root, 'build', 'Release')
    for (const name of readdirSync(built).filter((file) => !/cuda/.test(file)))
      symlinkSync(path.join(built, name), path.join(release, name))
    return { folder, release }
  }

  afterEach(() => rmSync(path.join(scratch, 'node_modules'), { recursive: true, force: true }))

  test('a CUDA binary that does not load gives way to the other one, and info() says why', () => {
    const { folder, release } = builtPackage()
    writeFileSync(path.join(release, 'densenode.cuda.node'), '')
    const { build, missing } = infoWithGpu(folder)
    expect(build.path).toBe(path.join(release, 'densenode.node'))
    expect(missing).toEqual([{ part: 'CUDA', problem: expect.stringContaining('densenode.cuda.node') }])
    expect(missing[0].problem).toContain('file too short')
    expect(missing[0].problem).toContain('Remedy: The file is damaged')
  })

  test('without a CUDA binary, the package to install is named', () => {
    const { folder } = builtPackage()
    const { missing } = infoWithGpu(folder)
    expect(missing).toEqual([
      {
        part: 'CUDA',
        problem: expect.stringMatching(/npm install @densenode\/linux-x64-cuda@\d+\.\d+\.\d+/),
      },
    ])
  })

  test('a CUDA package of another version is not loaded', () => {
    const { folder } = builtPackage()
    const cuda = path.join(scratch, 'node_modules', '@densenode', 'linux-x64-cuda')
    mkdirSync(cuda, { recursive: true })
    writeFileSync(path.join(cuda, 'package.json'), '{ "version": "0.0.7" }')
    const { missing } = infoWithGpu(folder)
    expect(missing[0].problem).toContain('is version 0.0.7, and densenode is')
  })
})

test('why CUDA is not in use ends with the remedy, where one is known', () => {
  const attempt = { place: '/a/densenode.cuda.node', problem: 'other' }
  expect(cudaNotUsed(attempt)).toMatch(/in use: \/a\/densenode\.cuda\.node: other\.$/)
  expect(cudaNotUsed({ ...attempt, remedy: 'Mend it.' })).toMatch(/other\. Remedy: Mend it\.$/)
})

describe('what dlopen says, in plain words', () => {
  test.each([
    [
      'libonnxruntime.so.1: cannot open shared object file: No such file or directory',
      'libonnxruntime.so.1 must lie beside the addon',
    ],
    [
      'libnuma.so.1: cannot open shared object file: No such file or directory',
      'Install the system library libnuma.so.1',
    ],
    [
      "/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.38' not found (required by /a/densenode.node)",
      'The binary needs GLIBC 2.38 or newer',
    ],
    ['/a/densenode.node: file too short', 'The file is damaged'],
  ])('%s', (message, remedy) => {
    expect(explainLoadFailure(new Error(message)).remedy).toContain(remedy)
    expect(explainLoadFailure(new Error(`${message}\nmore`)).problem).toBe(message)
  })

  test('an unknown failure comes as it is', () => {
    expect(explainLoadFailure(new Error('other'))).toEqual({ problem: 'other' })
  })
})

test('the host is named where it is the reason', () => {
  const attempts = [{ place: 'x', problem: 'is not for this platform' }]
  const message = (platform: string, arch: string, glibc?: string) =>
    binaryNotLoaded(attempts, { platform, arch, glibc }).message
  expect(message('darwin', 'arm64')).toContain('linux-x64 only, not for darwin-arm64')
  expect(message('linux', 'x64')).toContain('musl')
  expect(message('linux', 'x64', '2.36')).not.toContain('musl')
})

test('CPU flags are whole words of the first processor', () => {
  const avx512 = 'avx512f avx512bw avx512dq avx512vl avx512cd'
  const none = { avx2: false, fma: false, avx512: false, avx512Bf16: false, amxBf16: false }
  const usual = { ...none, avx2: true, fma: true }
  expect(cpuFeatures(`flags\t\t: fpu fma avx2 ${avx512}\n`)).toEqual({ ...usual, avx512: true })
  expect(cpuFeatures('flags\t\t: fpu fma avx2 avx512f\n')).toEqual(usual)
  expect(cpuFeatures('flags : avx fma4 amx_tile avx512_bf16\n')).toEqual({ ...none, avx512Bf16: true })
  expect(cpuFeatures('flags : amx_bf16 amx_tile\n')).toEqual({ ...none, amxBf16: true })
  expect(cpuFeatures('')).toEqual(none)
})
