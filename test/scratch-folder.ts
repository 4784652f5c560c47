import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import * as path from 'node:path'

/** A folder for the tests of a file or of the describe that it is called in, removed after them. */
export function scratchFolder(name: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), `densenode-${name}-`))
  afterAll(() => rmSync(folder, { recursive: true }))
  return folder
}
