// Checks the parts of `npm run gpu-check -- --bundle` in a process of its own, since jest loads no ES modules: node gpu-bundle.mjs <case>
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

import { entriesFor, keepArchitecture, readContainers } from '../../../scripts/gpu-check/fatbin.mjs'
import { roundToHalf, toHalf } from '../../../scripts/gpu-check/half.mjs'
import { writePieces } from '../../../scripts/gpu-check/pieces.mjs'

const [PTX, CUBIN] = [1, 2]

function entry(kind, architecture, code) {
  const header = Buffer.alloc(64)
  header.writeUInt16LE(kind, 0)
  header.writeUInt32LE(64, 4)
  header.writeBigUInt64LE(BigInt(code.length), 8)
  header.writeUInt32LE(architecture, 28)
  return Buffer.concat([header, code])
}

function container(...entries) {
  const header = Buffer.alloc(16)
  header.writeUInt32LE(0xba55ed50, 0)
  header.writeUInt16LE(1, 4)
  header.writeUInt16LE(16, 6)
  const body = Buffer.concat(entries)
  header.writeBigUInt64LE(BigInt(body.length), 8)
  return Buffer.concat([header, body])
}

/** An ELF file with nothing but the section .nv_fatbin and its name. */
function elf(fatbin) {
  const names = Buffer.from('\0.shstrtab\0.nv_fatbin\0')
  const file = Buffer.alloc(64)
  file.writeUInt32BE(0x7f454c46, 0)
  file[4] = 2
  const sections = [
    [0, 0, 0],
    [1, 64, names.length],
    [11, 64 + names.length + 1, fatbin.length],
  ].map(([name, offset, size]) => {
    const header = Buffer.alloc(64)
    header.writeUInt32LE(name, 0)
    header.writeBigUInt64LE(BigInt(offset), 0x18)
    header.writeBigUInt64LE(BigInt(size), 0x20)
    return header
  })
  file.writeBigUInt64LE(BigInt(64 + names.length + 1 + fatbin.length), 0x28)
  file.writeUInt16LE(64, 0x3a)
  file.writeUInt16LE(3, 0x3c)
  file.writeUInt16LE(1, 0x3e)
  return Buffer.concat([file, names, Buffer.alloc(1), fatbin, ...sections])
}

function fatbin() {
  const code = [75, 80, 90, 120].map(() => randomBytes(48))
  const several = container(
    entry(CUBIN, 75, code[0]),
    entry(CUBIN, 80, code[1]),
    entry(CUBIN, 90, code[2]),
    entry(PTX, 90, code[3]),
  )
  const newer = container(entry(CUBIN, 120, code[3]))
  const intermediate = container(entry(CUBIN, 80, code[0]), entry(PTX, 80, code[1]))
  const file = elf(Buffer.concat([several, Buffer.alloc(8), newer, intermediate]))
  const before = Buffer.from(file)
  const places = readContainers(file).map(({ begin }) => begin)
  assert.deepEqual(keepArchitecture(file, 90), { kept: 3 * 112, removed: 4 * 112 })
  assert.equal(file.length, before.length)
  const after = readContainers(file)
  assert.deepEqual(
    after.map(({ begin }) => begin),
    places,
  )
  assert.deepEqual(
    after.map(({ entries }) => entries.map(({ cubin, architecture }) => [cubin, architecture])),
    [[[true, 90]], [[true, 120]], [[false, 80]]],
  )
  const kept = after[0].entries[0]
  assert.deepEqual(file.subarray(kept.begin + 64, kept.end), code[2])
  // What belongs to no container stays.
  const section = Buffer.concat([several, Buffer.alloc(8), newer, intermediate]).length
  const begin = places[0]
  assert.deepEqual(file.subarray(0, begin), before.subarray(0, begin))
  assert.deepEqual(file.subarray(begin + section), before.subarray(begin + section))
  // A device takes the machine code of its own generation, never a newer one's.
  const of = (architecture) => ({ cubin: true, architecture })
  assert.deepEqual(entriesFor([of(80), of(86), of(89), of(90)], 86), [of(80), of(86)])
  assert.equal(readContainers(Buffer.from('no program')).length, 0)
}

function half() {
  const bitsOf = (value) => new Uint32Array(new Float32Array([value]).buffer)[0]
  // Every fp16 value is its own rounding; the midpoint to the next one goes to the even of both.
  for (let bits = 0; bits < 0x7c00; bits++) {
    const value = floatOf(bits)
    assert.equal(roundToHalf(bitsOf(value)), bits)
    assert.equal(roundToHalf(bitsOf(-value)), bits | 0x8000)
    if (bits === 0x7bff) continue
    const middle = (value + floatOf(bits + 1)) / 2
    assert.equal(roundToHalf(bitsOf(middle)), bits + (bits & 1))
    assert.equal(roundToHalf(bitsOf(middle) + 1), bits + 1)
  }
  assert.equal(roundToHalf(bitsOf(65519.99)), 0x7bff)
  assert.equal(roundToHalf(bitsOf(65520)), 0x7c00)
  assert.equal(roundToHalf(bitsOf(-1e30)), 0xfc00)
  assert.equal(roundToHalf(bitsOf(1e-30)), 0)
  assert.equal(roundToHalf(bitsOf(Number.NaN)), 0x7e00)
  file()

  function floatOf(bits) {
    const [exponent, fraction] = [bits >> 10, bits & 0x3ff]
    return exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15)
  }

  function file() {
    const header = Buffer.from(
      JSON.stringify({
        ids: { dtype: 'I64', shape: [1], data_offsets: [0, 8] },
        weights: { dtype: 'F32', shape: [2], data_offsets: [8, 16] },
      }),
    )
    const size = Buffer.alloc(8)
    size.writeBigUInt64LE(BigInt(header.length))
    const data = Buffer.concat([
      Buffer.from([5, 0, 0, 0, 0, 0, 0, 0]),
      Buffer.from(new Float32Array([1, -2]).buffer),
    ])
    const result = toHalf(Buffer.concat([size, header, data]))
    const length = Number(result.readBigUInt64LE(0))
    const { ids, weights } = JSON.parse(result.toString('utf8', 8, 8 + length))
    assert.deepEqual(ids, { dtype: 'I64', shape: [1], data_offsets: [0, 8] })
    assert.deepEqual(weights, { dtype: 'F16', shape: [2], data_offsets: [8, 12] })
    assert.deepEqual([...result.subarray(8 + length)], [5, 0, 0, 0, 0, 0, 0, 0, 0x00, 0x3c, 0x00, 0xc0])
  }
}

function pieces() {
  const work = mkdtempSync(join(tmpdir(), 'densenode-pieces-'))
  try {
    const contents = { first: randomBytes(5000), second: randomBytes(25_000), third: Buffer.from('small') }
    const archives = Object.entries(contents).map(([name, data]) => {
      mkdirSync(join(work, name))
      writeFileSync(join(work, name, `${name}.bin`), data)
      const file = join(work, `${name}.tar.xz`)
      execFileSync('tar', ['-C', join(work, name), '-cJf', file, '.'])
      const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex')
      return { name, file, sha256 }
    })
    const written = writePieces(archives, join(work, 'bundle'), 10_000)
    assert.equal(written.length, 4)
    for (const { bytes } of written) assert.ok(bytes <= 10_000)
    const unpack = (to) =>
      written.map(({ folder }) => spawnSync('sh', [join(folder, 'unpack.sh'), to]).status)
    const to = join(work, 'unpacked')
    assert.deepEqual(unpack(to), [0, 0, 0, 0])
    for (const [name, data] of Object.entries(contents))
      assert.deepEqual(readFileSync(join(to, `${name}.bin`)), data)
    assert.deepEqual(readdirSync(join(to, 'parts')), [])
    // The last piece again, alone: what began before it stays.
    assert.equal(spawnSync('sh', [join(written[3].folder, 'unpack.sh'), to]).status, 0)
    // A damaged piece is noticed where its archive is complete.
    const damaged = join(
      written[1].folder,
      readdirSync(written[1].folder).find((name) => name.startsWith('second')),
    )
    const bytes = readFileSync(damaged)
    bytes[100] ^= 1
    writeFileSync(damaged, bytes)
    assert.notDeepEqual(unpack(join(work, 'other')), [0, 0, 0, 0])
  } finally {
    rmSync(work, { recursive: true })
  }
}

/** Of the repository's packages a bundle has those of jest alone: what the benchmarks import must load without any. */
function benchmarks() {
  const work = mkdtempSync(join(tmpdir(), 'densenode-bench-'))
  try {
    const root = fileURLToPath(new URL('../../..', import.meta.url))
    for (const name of ['bench', 'scripts'])
      cpSync(join(root, name), join(work, name), {
        recursive: true,
        filter: (file) => !/[/\\](results|\.cache|node_modules)$/.test(file),
      })
    const folder = join(work, 'bench', 'gpu')
    const imported = readdirSync(folder)
      .filter((name) => name.endsWith('.mjs'))
      .flatMap((name) => [...readFileSync(join(folder, name), 'utf8').matchAll(/from '(\.[^']+)'/g)])
      .map(([, specifier]) => resolve(folder, specifier))
    assert.ok(imported.length > 10)
    const script = `for (const file of ${JSON.stringify(imported)}) await import(file)`
    execFileSync(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 2, 2] })
  } finally {
    rmSync(work, { recursive: true })
  }
}

const cases = { fatbin, half, pieces, benchmarks }
cases[process.argv[2]]()
