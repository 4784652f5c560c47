import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import * as path from 'node:path'

import { modelFolders, resolveModel } from '#lib/model-source'

const root = mkdtempSync(path.join(tmpdir(), 'densenode-models-'))
const [first, second] = [path.join(root, 'first'), path.join(root, 'second')]
const place = (...parts: string[]) => {
  const folder = path.join(...parts)
  mkdirSync(folder, { recursive: true })
  return folder
}

afterAll(() => rmSync(root, { recursive: true }))

test('a path that exists is taken as it is', async () => {
  const folder = place(root, 'somewhere')
  writeFileSync(path.join(folder, 'model.onnx'), '')
  expect(await resolveModel(folder, [])).toBe(folder)
  expect(await resolveModel(path.join(folder, 'model.onnx'), [])).toBe(path.join(folder, 'model.onnx'))
  expect(await resolveModel(path.relative('.', folder), [])).toBe(folder)
})

test('an id is looked up in each folder, first match wins', async () => {
  const expected = place(first, 'BAAI', 'bge-small-en-v1.5')
  place(second, 'BAAI', 'bge-small-en-v1.5')
  expect(await resolveModel('BAAI/bge-small-en-v1.5', [first, second])).toBe(expected)
})

test('a bare name and its sentence-transformers/ form are one, other organizations are not', async () => {
  const bare = place(first, 'all-MiniLM-L6-v2')
  const full = place(second, 'sentence-transformers', 'all-mpnet-base-v2')
  const folders = [first, second]
  expect(await resolveModel('sentence-transformers/all-MiniLM-L6-v2', folders)).toBe(bare)
  expect(await resolveModel('all-mpnet-base-v2', folders)).toBe(full)
  await expect(resolveModel('other/all-MiniLM-L6-v2', folders)).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
  })
})

test('what is not found lists the places and the remedy', async () => {
  const error = (await resolveModel('BAAI/none', [first, second]).catch((error: unknown) => error)) as Error
  expect(error).toMatchObject({ name: 'DensenodeError', code: 'FILE_NOT_FOUND' })
  for (const expected of [
    'no model "BAAI/none"',
    path.resolve('BAAI/none'),
    path.join(first, 'BAAI', 'none'),
    path.join(second, 'BAAI', 'none'),
    'npx densenode pull BAAI/none',
    'DENSENODE_MODELS',
  ])
    expect(error.message).toContain(expected)
})

test('a path is not looked up as an id', async () => {
  place(first, 'model')
  for (const source of ['./model', '/model', '../first/model', 'a/b/model', '.model', 'model/', 'x.onnx'])
    await expect(resolveModel(source, [first])).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
})

test('the source must be a path', async () => {
  await expect(resolveModel('')).rejects.toThrow(RangeError)
  await expect(resolveModel(5 as never)).rejects.toThrow('option "source": expected a path')
})

test('folders come from the environment, then from the cache', () => {
  const folders = modelFolders({ DENSENODE_MODELS: `/a${path.delimiter}/b`, DENSENODE_CACHE: '/cache' })
  expect(folders).toEqual(['/a', '/b', '/cache/models', '/cache/third-party/models'])
  expect(modelFolders({})).toHaveLength(2)
})
