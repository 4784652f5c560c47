import { mkdirSync, writeFileSync } from 'node:fs'
import * as path from 'node:path'

import { moduleFolders } from '#lib/hub/module-folders'
import { type HubFile, neededFiles } from '#lib/hub/needed-files'

import { scratchFolder } from '../scratch-folder'

const listed = (...paths: string[]): HubFile[] =>
  paths.map((path) => ({ path, size: 1, digest: { algorithm: 'git-sha1', value: '0'.repeat(40) } }))
const needed = (paths: string[], folders: string[] = [], onnx?: string): string[] => {
  const files = listed(...paths)
  const lists = files.filter(({ path }) => path === 'modules.json')
  return neededFiles(files, { folders, lists }, onnx, 'a/b').map((file) => file.path)
}
const refusal = (paths: string[], onnx?: string): string => {
  try {
    needed(paths, [], onnx)
  } catch (error) {
    expect(error).toMatchObject({ name: 'DensenodeError', code: 'MODEL_UNSUPPORTED' })
    return (error as Error).message
  }
  throw new Error('nothing was refused')
}

test('shards with their index; one file instead where there is one', () => {
  const shards = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors']
  const index = 'model.safetensors.index.json'
  const others = [
    'config.json',
    'tokenizer.json',
    'pytorch_model-00001-of-00002.bin',
    'consolidated.safetensors',
  ]
  expect(needed([...others, ...shards, index])).toEqual(['config.json', 'tokenizer.json', index, ...shards])
  expect(needed([...others, ...shards, index, 'model.safetensors'])).toEqual([
    'config.json',
    'tokenizer.json',
    'model.safetensors',
  ])
})

test('the folders of modules.json, their weights too; no other folder', () => {
  const paths = [
    'modules.json',
    'model.safetensors',
    '0_Transformer/config.json',
    '0_Transformer/model.safetensors',
    '0_Transformer/tokenizer.json',
    '0_Transformer/vocab.txt',
    '1_Pooling/config.json',
    '2_Dense/config.json',
    '2_Dense/model.safetensors',
    '2_Dense/pytorch_model.bin',
    'checkpoint-500/config.json',
    'checkpoint-500/model.safetensors',
  ]
  expect(needed(paths, ['0_Transformer', '1_Pooling', '2_Dense']).sort()).toEqual(
    [
      'modules.json',
      '0_Transformer/config.json',
      '0_Transformer/model.safetensors',
      '0_Transformer/tokenizer.json',
      '1_Pooling/config.json',
      '2_Dense/config.json',
      '2_Dense/model.safetensors',
    ].sort(),
  )
})

test('vocabularies only where there is no tokenizer.json', () => {
  expect(needed(['model.safetensors', 'vocab.txt', 'merges.txt'])).toContain('vocab.txt')
  expect(needed(['model.safetensors', 'vocab.txt', 'tokenizer.json'])).not.toContain('vocab.txt')
})

test('an export where there are no .safetensors, or where it is asked for, with its data', () => {
  const paths = [
    'onnx/model.onnx',
    'onnx/model.onnx_data',
    'onnx/model.onnx_data_1',
    'onnx/model_fp16.onnx',
    'x.bin',
  ]
  expect(needed(paths)).toEqual(['onnx/model.onnx', 'onnx/model.onnx_data', 'onnx/model.onnx_data_1'])
  expect(needed([...paths, 'model.safetensors'])).toEqual(['model.safetensors'])
  expect(needed([...paths, 'model.safetensors'], [], 'onnx/model_fp16.onnx')).toEqual([
    'onnx/model_fp16.onnx',
  ])
})

test('no weights that densenode reads: what there is, and what to do', () => {
  expect(refusal(['config.json', 'pytorch_model.bin'])).toMatch(/but pytorch_model.bin.*save_pretrained/)
  expect(refusal(['onnx/model_O2.onnx'])).toContain('Ask for one of the .onnx files by its name')
  expect(refusal(['config.json', 'model.safetensors'], 'x.onnx')).toContain('it has no .onnx file')
})

describe('modules.json', () => {
  const folder = scratchFolder('modules')
  const read = async (contents: Record<string, string>) => {
    const { folders, lists } = await moduleFolders(
      listed(...Object.keys(contents)),
      async ({ path: name }) => {
        const place = path.join(folder, name)
        mkdirSync(path.dirname(place), { recursive: true })
        writeFileSync(place, contents[name])
        return place
      },
      'a/b',
    )
    return { folders, lists: lists.map((file) => file.path) }
  }

  test('names folders, the root in one of two ways', async () => {
    expect(await read({})).toEqual({ folders: [], lists: [] })
    for (const root of ['', '.', './'])
      expect(await read({ 'modules.json': `[{"path":"${root}"},{"path":"./1_Pooling/"}]` })).toEqual({
        folders: ['', '1_Pooling'],
        lists: ['modules.json'],
      })
  })

  test.each([
    ['sentence_transformers.models.Router', 'router_config.json'],
    ['sentence_transformers.models.Asym', 'config.json'],
  ])('a %s names the folders of its parts in %s', async (type, name) => {
    const types = '{"types":{"query_0_SparseStaticEmbedding":"x","document_0_MLMTransformer":"y"}}'
    const parts = ['query_0_SparseStaticEmbedding', 'document_0_MLMTransformer']
    for (const folder of ['', '0_Router/'])
      expect(
        await read({
          'modules.json': `[{"path":"${folder}","type":"${type}"},{"path":"1_Normalize","type":"x.Normalize"}]`,
          [folder + name]: types,
          '1_Normalize/config.json': '{"types":{"a":"b"}}',
        }),
      ).toEqual({
        folders: [...parts.map((part) => folder + part), '1_Normalize'],
        lists: ['modules.json', folder + name],
      })
  })

  test.each(['{', '{}', '[null]', '[{"path":5}]'])('of another kind is refused: %s', async (text) => {
    await expect(read({ 'modules.json': text })).rejects.toMatchObject({ code: 'MODEL_INVALID' })
  })
})
