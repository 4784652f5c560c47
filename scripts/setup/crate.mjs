// Sources in C and C++ that a crate carries: Cargo fetches the crate, nothing of Rust is built.
import { cpSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Problem } from '../common/log.mjs'
import { pins } from '../common/paths.mjs'
import { runOnline } from '../common/run.mjs'

/** Puts the folder `inside` of a crate, pinned by scripts/third-party/<pin>/Cargo.toml and its checksum, in the place of `folder`. */
export async function fetchCrateSource(pin, { name, sha256 }, inside, folder) {
  const manifest = `${folder}.crate`
  try {
    cpSync(join(pins, pin), manifest, { recursive: true })
    await runOnline('cargo', ['vendor', '--quiet', 'vendor'], { cwd: manifest })
    const crate = join(manifest, 'vendor', name)
    // Cargo has checked the archive against this checksum; here it is held to the one we know.
    const { package: received } = JSON.parse(readFileSync(join(crate, '.cargo-checksum.json'), 'utf8'))
    if (received !== sha256)
      throw new Problem(`Crate ${name}: expected SHA-256 ${sha256}, received ${received}.`)
    rmSync(folder, { recursive: true })
    renameSync(join(crate, inside), folder)
  } finally {
    rmSync(manifest, { recursive: true, force: true })
  }
}
