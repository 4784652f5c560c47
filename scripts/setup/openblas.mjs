// OpenBLAS from the Python wheel that SciPy builds on: no Fortran run time, kernels chosen at run time.
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Problem } from '../common/log.mjs'
import { part } from './part.mjs'
import { pinHash, unpackWheels } from './python.mjs'

/** Returns the folder with include/ and lib/libscipy_openblas.so. */
export async function prepareOpenBlas() {
  const override = process.env.OPENBLAS_ROOT
  if (override) {
    if (existsSync(join(override, 'lib', 'libscipy_openblas.so'))) return resolve(override)
    throw new Problem(`OPENBLAS_ROOT: expected a folder with lib/libscipy_openblas.so, received ${override}.`)
  }
  return part('openblas-0.3.34', `wheel ${pinHash('openblas')}`, 'OpenBLAS 0.3.34', async (folder) => {
    const wheel = join(folder, 'wheel')
    await unpackWheels('openblas', wheel, ['--platform', 'manylinux_2_28_x86_64'])
    for (const name of ['include', 'lib'])
      cpSync(join(wheel, 'scipy_openblas32', name), join(folder, name), { recursive: true })
    const info = readdirSync(wheel).find((name) => name.endsWith('.dist-info'))
    cpSync(findLicense(join(wheel, info)), join(folder, 'LICENSE'))
    rmSync(wheel, { recursive: true })
  })
}

function findLicense(info) {
  const name = readdirSync(info, { recursive: true }).find((file) => /LICENSE[^/]*$/.test(file))
  if (!name) throw new Problem(`OpenBLAS: no licence file in ${info}.`)
  return join(info, name)
}
