import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import * as path from 'node:path'

import { EmbeddingModel, MultiVectorEncoder, Reranker, SparseEncoder } from 'densenode'

import { scratchFolder } from '../scratch-folder'
import { failure, fixtures, root } from './support'

/* Rerankers, sparse encoders and late interaction out of .onnx files, and out of folders that are damaged. */

const scratch = scratchFolder('heads')
const onnx = path.join(root, 'test', 'native', 'encoder', 'data')
const mean = path.join(fixtures, 'models', 'tiny-bert-mean')
const texts = ['a small example', 'of the texts', 'that are here: to be embedded']

let folders = 0
/** A copy of a fixture with one JSON file changed, or another file in the place of one. */
function copy(source: string, file: string, change: (json: Record<string, unknown>) => object): string {
  const folder = path.join(scratch, `${folders++}`)
  cpSync(path.join(fixtures, source), folder, { recursive: true })
  const at = path.join(folder, file)
  const json = JSON.parse(readFileSync(at, 'utf8')) as Record<string, unknown>
  writeFileSync(at, JSON.stringify(change(json)))
  return folder
}

/** An exported file beside the tokenizer of the fixture that it was made of. */
function exported(file: string): string {
  const folder = path.join(scratch, `${folders++}`)
  cpSync(mean, folder, { recursive: true })
  cpSync(path.join(onnx, file), path.join(folder, 'model.onnx'))
  return path.join(folder, 'model.onnx')
}

test('an .onnx file with logits of a vocabulary is a sparse encoder', async () => {
  await using encoder = await SparseEncoder.load(exported('unknown_output.onnx'))
  await using model = await EmbeddingModel.load(mean, { dtype: 'fp32', pooling: 'max', normalize: false })
  expect(encoder).toMatchObject({ architecture: 'onnx', dimension: 32 })
  const sparse = await encoder.embed(texts)
  const dense = await model.embed(texts) // the largest logit of each dimension
  for (let i = 0; i < texts.length; i++) {
    const expected = Array.from(dense.row(i), (x, id) => ({ id, weight: Math.log1p(Math.max(x, 0)) }))
    const { tokenIds, weights } = sparse.row(i)
    const found = Array.from(tokenIds, (id, j) => ({ id, weight: expect.closeTo(weights[j]!, 4) }))
    expect(expected.filter(({ weight }) => weight > 0)).toEqual(found)
  }
})

test('an .onnx file with logits of pairs is a reranker', async () => {
  await using reranker = await Reranker.load(exported('scores.onnx'))
  expect(reranker).toMatchObject({ architecture: 'onnx', labels: 32, activation: 'identity' })
  // The file is the mean of the token vectors: of the pair as of the same tokens in one text, but for the types.
  const scores = await reranker.predict([['a small', 'example']])
  await using model = await EmbeddingModel.load(mean, { dtype: 'fp32', normalize: false })
  const { data } = await model.embed('a small [SEP] example')
  expect(Array.from(scores)).toEqual(Array.from(data, (value) => expect.closeTo(value, 4)))
})

/** GTE as Python's transformers saves it, where the fixture has the names of the publisher's code. */
function gte(source: string, architecture: string): string {
  const folder = copy(source, 'config.json', (json) => ({
    ...json,
    architectures: [architecture],
    model_type: 'gte',
  }))
  const weights = path.join(folder, 'model.safetensors')
  const renamed = readFileSync(weights, 'latin1').replaceAll('"new.', '"gte.')
  writeFileSync(weights, renamed, 'latin1')
  return folder
}

test('heads of GTE are found by the names of transformers, too', async () => {
  const pair: [string, string][] = [['a small', 'example']]
  const published = path.join(fixtures, 'rerankers', 'tiny-gte')
  await using reranker = await Reranker.load(published, { dtype: 'fp32' })
  await using other = await Reranker.load(gte('rerankers/tiny-gte', 'GteForSequenceClassification'), {
    dtype: 'fp32',
  })
  expect(other.architecture).toBe('GteModel')
  expect(await other.predict(pair)).toEqual(await reranker.predict(pair))
  await using encoder = await SparseEncoder.load(path.join(fixtures, 'sparse', 'tiny-gte'), { dtype: 'fp32' })
  await using same = await SparseEncoder.load(gte('sparse/tiny-gte', 'GteForMaskedLM'), { dtype: 'fp32' })
  expect((await same.embed(texts)).row(1)).toEqual((await encoder.embed(texts)).row(1))
})

test('a default prompt stands before the first text of a pair', async () => {
  const folder = copy('rerankers/tiny-modular', 'config_sentence_transformers.json', (json) => ({
    ...json,
    prompts: { question: 'which ' },
    default_prompt_name: 'question',
  }))
  await using prompted = await Reranker.load(folder, { dtype: 'fp32' })
  await using plain = await Reranker.load(path.join(fixtures, 'rerankers', 'tiny-modular'), { dtype: 'fp32' })
  const scores = await prompted.predict(texts.map((text) => [text, 'an answer']))
  const expected = await plain.predict(texts.map((text) => [`which ${text}`, 'an answer']))
  expect(Array.from(scores)).toEqual(Array.from(expected, (score) => expect.closeTo(score, 5)))
})

test('files without the output that is wanted', async () => {
  for (const load of [Reranker, SparseEncoder].map((of) => () => of.load(exported('tokens.onnx'))))
    expect(await failure(load)).toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      message: expect.stringContaining('last_hidden_state'),
    })
})

const refused: [string, () => Promise<unknown>, string, string][] = [
  [
    'another way to pool',
    () =>
      Reranker.load(
        copy('rerankers/tiny-bert', 'config.json', (json) => ({ ...json, classifier_pooling: 'max' })),
      ),
    'MODEL_UNSUPPORTED',
    'classifier_pooling',
  ],
  [
    'a head that is not there',
    () =>
      Reranker.load(
        copy('rerankers/tiny-bert', 'config.json', (json) => ({
          ...json,
          architectures: ['XLMRobertaForSequenceClassification'],
        })),
      ),
    'MODEL_INVALID',
    '',
  ],
  [
    'a language model',
    () =>
      Reranker.load(
        copy('rerankers/tiny-modular', 'modules.json', (json) => [
          (json as unknown as object[])[0],
          {
            idx: 1,
            name: '1',
            path: '1_LogitScore',
            type: 'sentence_transformers.cross_encoder.modules.LogitScore',
          },
        ]),
      ),
    'MODEL_UNSUPPORTED',
    'LogitScore',
  ],
  [
    'modules without scores',
    () =>
      Reranker.load(
        copy('rerankers/tiny-modular', 'modules.json', (json) => (json as unknown as object[]).slice(0, 2)),
      ),
    'MODEL_INVALID',
    'no module that makes scores',
  ],
  [
    'sparse embeddings of a cross-encoder',
    () => SparseEncoder.load(path.join(fixtures, 'rerankers', 'tiny-bert')),
    'MODEL_UNSUPPORTED',
    'BertForMaskedLM',
  ],
  [
    'late interaction with another module',
    () =>
      MultiVectorEncoder.load(
        copy('multi-vector/tiny-pylate', 'modules.json', (json) => [
          ...(json as unknown as object[]),
          { idx: 2, name: '2', path: '', type: 'sentence_transformers.HierarchicalTokenPooling' },
        ]),
      ),
    'MODEL_UNSUPPORTED',
    'HierarchicalTokenPooling',
  ],
  [
    'a Dense module of other dimensions',
    () =>
      MultiVectorEncoder.load(
        copy('multi-vector/tiny-pylate', '1_Dense/config.json', (json) => ({ ...json, in_features: 16 })),
      ),
    'MODEL_INVALID',
    'linear.weight',
  ],
  [
    'a length that is none',
    () =>
      MultiVectorEncoder.load(
        copy('multi-vector/tiny-pylate', 'config_sentence_transformers.json', (json) => ({
          ...json,
          query_length: -3,
        })),
      ),
    'MODEL_INVALID',
    'query_length',
  ],
  [
    'a filling that the vocabulary does not have',
    () =>
      MultiVectorEncoder.load(
        copy('multi-vector/tiny-sentence-transformers', 'sentence_bert_config.json', (json) => ({
          ...json,
          query_expansion: { strategy: 'min', attend: true, length: 12, token: '[NONE]' },
        })),
      ),
    'MODEL_INVALID',
    '[NONE]',
  ],
]
test.each(refused)('%s', async (_, load, code, part) => {
  expect(await failure(load)).toMatchObject({ code, message: expect.stringContaining(part) })
})
