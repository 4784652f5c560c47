import { open } from 'node:fs/promises'

import { MAX_DIMENSION } from '../defaults'
import { corrupt } from '../evaluation/text-file'
import { UsageError } from './command'

export interface VectorFile {
  /** Row-major. */
  data: Float32Array
  dimension: number
}

const NPY_MAGIC = '\x93NUMPY'
const MAX_HEADER = 65_536
const READ_BYTES = 1 << 28

/**
 * Reads vectors: a NumPy file (.npy, format 1 to 3) of a two-dimensional little-endian float32 array in C
 * order, or raw little-endian float32 values of `dimension` each.
 */
export async function readVectorFile(path: string, dimension: number | undefined): Promise<VectorFile> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const start = Buffer.alloc(Math.min(size, 12))
    await file.read(start, 0, start.length, 0)
    const isNpy = start.subarray(0, 6).toString('latin1') === NPY_MAGIC
    const layout = isNpy ? await npyLayout(path, file, start, size) : rawLayout(path, dimension, size)
    const bytes = new Uint8Array(layout.rows * layout.dimension * 4)
    for (let at = 0; at < bytes.length; ) {
      const length = Math.min(READ_BYTES, bytes.length - at)
      const { bytesRead } = await file.read(bytes, at, length, layout.offset + at)
      if (bytesRead === 0) throw corrupt(path, `${bytes.length} bytes of vectors`, `${at}`)
      at += bytesRead
    }
    return { data: new Float32Array(bytes.buffer), dimension: layout.dimension }
  } finally {
    await file.close()
  }
}

interface Layout {
  offset: number
  rows: number
  dimension: number
}

function rawLayout(path: string, dimension: number | undefined, size: number): Layout {
  if (dimension === undefined) throw new UsageError(`${path} is not .npy: a raw file needs --dimension`)
  if (size % (4 * dimension) !== 0)
    throw corrupt(path, `rows of ${dimension} float32 values (${4 * dimension} bytes)`, `${size} bytes`)
  return { offset: 0, rows: size / (4 * dimension), dimension }
}

type File = Awaited<ReturnType<typeof open>>

/** Source: "The NPY format", numpy.lib.format. */
async function npyLayout(path: string, file: File, start: Buffer, size: number): Promise<Layout> {
  const wide = start[6]! >= 2
  const headerStart = wide ? 12 : 10
  if (size < headerStart) throw corrupt(path, 'a header of NumPy', `${size} bytes`)
  const length = wide ? start.readUInt32LE(8) : start.readUInt16LE(8)
  if (length > MAX_HEADER || headerStart + length > size)
    throw corrupt(path, 'a header within the file', `${length} bytes`)
  const header = Buffer.alloc(length)
  await file.read(header, 0, length, headerStart)
  const text = header.toString('latin1')
  const shape = /'shape':\s*\((\d{1,12}),\s*(\d{1,9})\s*,?\s*\)/.exec(text)
  if (!/'descr':\s*'<f4'/.test(text) || !/'fortran_order':\s*False/.test(text) || !shape)
    throw corrupt(path, 'a two-dimensional array of little-endian float32 in C order', text.trim())
  const [rows, dimension] = [Number(shape[1]), Number(shape[2])]
  const offset = headerStart + length
  if (dimension < 1 || dimension > MAX_DIMENSION || offset + rows * dimension * 4 !== size)
    throw corrupt(path, `${rows} x ${dimension} values in the file`, `${size - offset} bytes`)
  return { offset, rows, dimension }
}
