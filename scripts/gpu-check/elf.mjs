// As much of the ELF format as it takes to find a section of a 64-bit little-endian file.

const SECTION_HEADERS = 0x28
const SECTION_COUNT = 0x3c

/** { offset, size } in the file of the section with this name; undefined without it, or for other files. */
export function findSection(file, name) {
  if (file.length < 64 || file.readUInt32BE(0) !== 0x7f454c46 || file[4] !== 2) return undefined
  const headers = Number(file.readBigUInt64LE(SECTION_HEADERS))
  const size = file.readUInt16LE(SECTION_COUNT - 2)
  const count = file.readUInt16LE(SECTION_COUNT)
  const names = file.readUInt16LE(SECTION_COUNT + 2)
  const header = (i) => {
    const at = headers + i * size
    return {
      name: file.readUInt32LE(at),
      offset: Number(file.readBigUInt64LE(at + 0x18)),
      size: Number(file.readBigUInt64LE(at + 0x20)),
    }
  }
  const { offset: strings } = header(names)
  for (let i = 0; i < count; i++) {
    const section = header(i)
    const begin = strings + section.name
    if (file.toString('latin1', begin, file.indexOf(0, begin)) === name) return section
  }
  return undefined
}
