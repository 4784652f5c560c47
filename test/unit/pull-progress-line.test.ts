import { bytesText, PullProgressLine, progressText } from '#lib/cli/pull-progress-line'

const progress = (fileBytes: number, bytes: number) => ({
  file: 'model.safetensors',
  fileBytes,
  fileTotal: 90_900_000,
  bytes,
  total: 91_600_000,
})

test('what is there, of what, how fast, how long', () => {
  expect(progressText(progress(0, 45_200_000), 12_300_000)).toBe(
    'model.safetensors  45.2 MB of 91.6 MB, 49 %, 12.3 MB/s, 4 s left',
  )
  expect(progressText(progress(0, 0), 0)).toBe('model.safetensors  0 B of 91.6 MB, 0 %')
  expect(progressText(progress(0, 91_600_000), 1e6)).toBe(
    'model.safetensors  91.6 MB of 91.6 MB, 100 %, 1.0 MB/s',
  )
  expect(progressText({ ...progress(0, 0), total: 1e12 }, 1e8)).toContain(
    '1000 GB, 0 %, 100 MB/s, 2.8 h left',
  )
  expect(progressText({ ...progress(0, 0), total: 0 }, 0)).toContain('100 %')
})

test('sizes in decimal units', () => {
  expect([0, 999, 1_000, 99_949, 150_000, 2_270_000_000].map(bytesText)).toEqual([
    '0 B',
    '999 B',
    '1.0 kB',
    '99.9 kB',
    '150 kB',
    '2.3 GB',
  ])
})

test('a terminal sees one line, cut to its width and taken away at the end; a file one line a file', () => {
  const written = (isTTY: boolean, columns = 80) => {
    let text = ''
    const write = (part: unknown) => {
      text += part
      return true
    }
    const stream = { isTTY, columns, write }
    const line = new PullProgressLine(stream)
    for (const bytes of [0, 90_900_000, 91_600_000]) line.show(progress(Math.min(bytes, 90_900_000), bytes))
    line.end()
    return text
  }
  const parts = written(true).split('\r')
  expect(parts[1]).toBe('model.safetensors  0 B of 91.6 MB, 0 %')
  expect(parts.at(-1)).toBe('')
  expect(parts.at(-2)).toMatch(/^ {38,}$/)
  expect(written(true, 30).split('\r')[1]).toBe('model.safetensors  0 B of 91.')
  expect(written(false)).toBe('model.safetensors  90.9 MB\n')
})
