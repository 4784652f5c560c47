// A safetensors file with its fp32 tensors rounded to fp16: half the size, for a bundle.

const LARGEST_HEADER = 100e6

/** Returns the new file. Tensors of other types stay as they are. */
export function toHalf(file) {
  const headerSize = Number(file.readBigUInt64LE(0))
  if (headerSize > LARGEST_HEADER) throw new Error('not a safetensors file')
  const header = JSON.parse(file.toString('utf8', 8, 8 + headerSize))
  const data = file.subarray(8 + headerSize)
  const parts = []
  let offset = 0
  const tensors = Object.entries(header).map(([name, value]) => {
    if (name === '__metadata__') return [name, value]
    const [begin, end] = value.data_offsets
    const bytes = data.subarray(begin, end)
    const converted = value.dtype === 'F32' ? halves(bytes) : bytes
    parts.push(converted)
    offset += converted.length
    const dtype = value.dtype === 'F32' ? 'F16' : value.dtype
    return [name, { ...value, dtype, data_offsets: [offset - converted.length, offset] }]
  })
  const text = Buffer.from(JSON.stringify(Object.fromEntries(tensors)))
  const padded = Buffer.concat([text, Buffer.alloc((8 - (text.length % 8)) % 8, ' ')])
  const size = Buffer.alloc(8)
  size.writeBigUInt64LE(BigInt(padded.length))
  return Buffer.concat([size, padded, ...parts])
}

function halves(bytes) {
  const count = bytes.length / 4
  const bits = new Uint32Array(new Uint8Array(bytes).buffer)
  const result = new Uint16Array(count)
  for (let i = 0; i < count; i++) result[i] = roundToHalf(bits[i])
  return Buffer.from(result.buffer)
}

/** The bits of an fp32 value as those of the nearest fp16 value, ties to even. */
export function roundToHalf(bits) {
  const sign = (bits >>> 16) & 0x8000
  const magnitude = bits & 0x7fffffff
  if (magnitude > 0x7f800000) return sign | 0x7e00 // NaN
  if (magnitude >= 0x477ff000) return sign | 0x7c00 // rounds beyond 65504
  if (magnitude < 0x38800000) return sign | subnormal(magnitude)
  const rounded = magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)
  return sign | (rounded >>> 13)
}

/** Below 2^-14 the steps of fp16 are 2^-24 wide; a product by 2^24 is exact, and its rounding is ours to do. */
function subnormal(magnitude) {
  const steps = toFloat(magnitude) * 2 ** 24
  const floor = Math.floor(steps)
  const rest = steps - floor
  return floor + (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? 1 : 0)
}

const view = new DataView(new ArrayBuffer(4))
function toFloat(bits) {
  view.setUint32(0, bits)
  return view.getFloat32(0)
}
