// Archives cut into as few pieces as a size limit allows: folders that travel one by one, each with the script that unpacks it.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inRoot } from '../common/paths.mjs'

/**
 * Writes folder/piece-01 and so on from archives { name, file, bytes, sha256 }, in their order; an archive that does not fit goes on
 * in the next piece. Returns [{ folder, bytes, names }].
 */
export function writePieces(archives, folder, limit) {
  const pieces = []
  const room = () => limit - (pieces.at(-1)?.bytes ?? limit)
  const open = () => {
    const name = `piece-${String(pieces.length + 1).padStart(2, '0')}`
    const piece = { folder: join(folder, name), bytes: 0, names: [], sums: [] }
    rmSync(piece.folder, { recursive: true, force: true })
    mkdirSync(piece.folder, { recursive: true })
    copyFileSync(inRoot('scripts', 'gpu-check', 'unpack.sh'), join(piece.folder, 'unpack.sh'))
    pieces.push(piece)
  }
  for (const { name, file, sha256 } of archives) {
    const data = readFileSync(file)
    for (let begin = 0, chunk = 0; begin < data.length; chunk++) {
      if (room() <= 0) open()
      const piece = pieces.at(-1)
      const part = data.subarray(begin, begin + room())
      writeFileSync(join(piece.folder, `${name}.tar.xz.${String(chunk).padStart(2, '0')}`), part)
      piece.bytes += part.length
      piece.names.push(name)
      begin += part.length
      // Complete with this piece: it is checked and unpacked there.
      if (begin === data.length) piece.sums.push(`${sha256}  ${name}.tar.xz`)
    }
  }
  for (const { folder: piece, sums } of pieces)
    writeFileSync(join(piece, 'complete.sha256'), `${sums.join('\n')}\n`)
  return pieces
}
