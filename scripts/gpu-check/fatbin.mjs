// The device code in a program or library, and a copy that has kept one architecture's alone.
//
// nvcc puts code into the section .nv_fatbin: a container for each translation unit, in it an entry for each architecture,
// machine code (a cubin) or intermediate code (PTX). The driver takes the one entry of a container that fits the device: an
// H100 (9.0) takes sm_90 or sm_90a, since machine code runs on devices of its own major version and the same or a higher minor
// one, and turns to PTX, which it must compile first, only where there is none. So a container that holds these entries alone
// does the same there: it is what nvcc would have made for that architecture alone. Containers are found by their address,
// through wrappers in another section, so each stays where it begins; the room behind it is zeros, which compress to nothing,
// and no offset in the file changes.
import { Problem } from '../common/log.mjs'
import { findSection } from './elf.mjs'

const CONTAINER = 0xba55ed50
const CONTAINER_HEADER = 16
const [PTX, CUBIN] = [1, 2]

/** All containers: [{ begin, end, entries: [{ cubin, architecture (90), begin, end }, ...] }, ...]; offsets in the file. */
export function readContainers(file) {
  const section = findSection(file, '.nv_fatbin')
  if (!section) return []
  const containers = []
  const sectionEnd = section.offset + section.size
  for (let begin = section.offset; begin + CONTAINER_HEADER <= sectionEnd; ) {
    // Containers are aligned to 8 bytes, with zeros between.
    if (file.readUInt32LE(begin) !== CONTAINER) {
      begin += 8
      continue
    }
    const first = begin + file.readUInt16LE(begin + 6)
    const end = first + Number(file.readBigUInt64LE(begin + 8))
    if (end > sectionEnd) throw new Problem(`device code: a container at ${begin} is longer than its section`)
    containers.push({ begin, end, entries: readEntries(file, first, end) })
    begin = end
  }
  return containers
}

function readEntries(file, first, containerEnd) {
  const entries = []
  for (let begin = first; begin < containerEnd; ) {
    const kind = file.readUInt16LE(begin)
    const end = begin + file.readUInt32LE(begin + 4) + Number(file.readBigUInt64LE(begin + 8))
    if ((kind !== PTX && kind !== CUBIN) || end > containerEnd || end <= begin)
      throw new Problem(`device code: an unknown entry at ${begin} (kind ${kind})`)
    entries.push({ cubin: kind === CUBIN, architecture: file.readUInt32LE(begin + 28), begin, end })
    begin = end
  }
  return entries
}

/** The entries that a device of this architecture may take. */
export function entriesFor(entries, architecture) {
  const runs = (entry) =>
    Math.floor(entry.architecture / 10) === Math.floor(architecture / 10) &&
    entry.architecture <= architecture
  const cubins = entries.filter((entry) => entry.cubin && runs(entry))
  if (cubins.length > 0) return cubins
  return entries.filter((entry) => !entry.cubin && entry.architecture <= architecture)
}

/**
 * Leaves each container the entries for this architecture; one that has none (code for newer devices alone) stays as it is.
 * Returns the bytes of device code { kept, removed }.
 */
export function keepArchitecture(file, architecture) {
  const total = { kept: 0, removed: 0 }
  for (const { begin, end, entries } of readContainers(file)) {
    const wanted = entriesFor(entries, architecture)
    const all = end - entries[0].begin
    const kept = wanted.length > 0 ? keepEntries(file, { begin, end, entries }, wanted) : all
    total.kept += kept
    total.removed += all - kept
  }
  return total
}

function keepEntries(file, { begin, end, entries }, wanted) {
  let at = entries[0].begin
  for (const entry of wanted) {
    file.copyWithin(at, entry.begin, entry.end)
    at += entry.end - entry.begin
  }
  const kept = at - entries[0].begin
  file.fill(0, at, end)
  file.writeBigUInt64LE(BigInt(kept), begin + 8)
  return kept
}
