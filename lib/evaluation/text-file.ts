import { constants } from 'node:buffer'
import { createReadStream, createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import { path as checkPath } from '../checks'
import { DensenodeError } from '../errors'

/** Longer lines are no text of a data set, and would take the memory of the process. */
const MAX_LINE_CHARACTERS = 1 << 26

/** A line with its place, for messages. */
export interface Line {
  text: string
  /** `file:line`, from 1. */
  place: string
}

/**
 * The lines of a UTF-8 file as they are read, without a byte order mark, line ends and empty lines. Only LF
 * and CRLF end a line: JSON may hold the other separators of Unicode as they are, where node:readline would
 * cut it.
 */
export async function* linesOf(path: string): AsyncGenerator<Line, void, undefined> {
  checkPath('path', path)
  let number = 0
  let rest = ''
  const line = (text: string): Line => ({ text, place: `${path}:${number}` })
  for await (const chunk of chunksOf(path)) {
    const parts = chunk.split('\n')
    parts[0] = rest + parts[0]! // joined once a line, however many chunks it goes through
    rest = parts.pop()!
    for (const part of parts) {
      number++
      const text = part.endsWith('\r') ? part.slice(0, -1) : part
      if (text.trim() !== '') yield line(text)
    }
    if (rest.length > MAX_LINE_CHARACTERS)
      throw corrupt(`${path}:${number + 1}`, `a line of at most ${MAX_LINE_CHARACTERS} characters`, 'more')
  }
  number++
  if (rest.trim() !== '') yield line(rest)
}

/** A whole UTF-8 file, without a byte order mark. */
export async function textOf(path: string): Promise<string> {
  checkPath('path', path)
  let text = ''
  for await (const chunk of chunksOf(path)) {
    if (text.length + chunk.length > constants.MAX_STRING_LENGTH)
      throw corrupt(path, `at most ${constants.MAX_STRING_LENGTH} characters`, 'more')
    text += chunk
  }
  return text
}

async function* chunksOf(path: string): AsyncGenerator<string, void, undefined> {
  let first = true
  try {
    for await (const chunk of createReadStream(path, { encoding: 'utf8', highWaterMark: 1 << 18 })) {
      yield first && chunk.startsWith('\uFEFF') ? chunk.slice(1) : chunk
      first = false
    }
  } catch (error) {
    throw unreadable(path, error)
  }
}

/** Writes lines to a file, each with a line end, in slices. */
export async function writeLines(path: string, lines: Iterable<string>): Promise<void> {
  checkPath('path', path)
  try {
    await pipeline(Readable.from(inSlices(lines)), createWriteStream(path))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error // of the lines, not of the file
    throw new DensenodeError('FILE_WRITE_FAILED', `${path} cannot be written: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

function* inSlices(lines: Iterable<string>): Generator<string> {
  let slice = ''
  for (const line of lines) {
    slice += `${line}\n`
    if (slice.length < 1 << 18) continue
    yield slice
    slice = ''
  }
  if (slice !== '') yield slice
}

function unreadable(path: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code
  if (code === undefined) return error
  return code === 'ENOENT'
    ? new DensenodeError('FILE_NOT_FOUND', `${path}: no such file`, { cause: error })
    : new DensenodeError('FILE_UNREADABLE', `${path} cannot be read: ${(error as Error).message}`, {
        cause: error,
      })
}

/** The one wording for a file that is not what it should be. */
export function corrupt(place: string, expected: string, received: string): DensenodeError {
  return new DensenodeError('FILE_CORRUPT', `${place}: expected ${expected}, got ${received}`)
}
