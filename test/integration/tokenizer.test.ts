import * as path from 'node:path'

import { Tokenizer } from 'densenode'
import { resolveModel } from '#lib/model-source'

import { failure, fixtures, MINILM, references } from './support'

/** What the tests use of the official library, whose own declarations do not compile. */
interface Official {
  disablePadding(): void
  encode(text: string, pair: string | null, options: { addSpecialTokens: boolean }): Promise<OfficialEncoding>
  decode(ids: number[], skipSpecialTokens: boolean): Promise<string>
}
interface OfficialEncoding {
  getIds(): number[]
  getTypeIds(): number[]
}
const library = require('tokenizers') as { Tokenizer: { fromFile(file: string): Official } }

const { texts } = references('minilm')
let folder: string
let tokenizer: Tokenizer
let official: Official

beforeAll(async () => {
  folder = await resolveModel(MINILM)
  tokenizer = await Tokenizer.load(folder)
  official = library.Tokenizer.fromFile(path.join(folder, 'tokenizer.json'))
  official.disablePadding()
})
afterAll(() => tokenizer.dispose())

/** What the official library gives: ids and type ids of each text. */
async function expected(list: readonly string[], addSpecialTokens = true) {
  const encodings = await Promise.all(list.map((text) => official.encode(text, null, { addSpecialTokens })))
  return encodings.map((encoding) => ({ ids: encoding.getIds(), typeIds: encoding.getTypeIds() }))
}

test.each([true, false])('ids equal the official library (special tokens %s)', async (addSpecialTokens) => {
  const wanted = await expected(texts, addSpecialTokens)
  const { ids, typeIds, offsets } = await tokenizer.encodeBatch(texts, { addSpecialTokens })
  expect(offsets).toHaveLength(texts.length + 1)
  texts.forEach((text, i) => {
    expect([...ids.subarray(offsets[i], offsets[i + 1])]).toEqual(wanted[i].ids)
    expect([...typeIds.subarray(offsets[i], offsets[i + 1])]).toEqual(wanted[i].typeIds)
    expect([...tokenizer.encode(text, { addSpecialTokens }).ids]).toEqual(wanted[i].ids)
  })
})

test('pairs equal the official library, and are shortened as asked', async () => {
  for (let i = 0; i + 1 < 200; i += 2) {
    const wanted = await official.encode(texts[i], texts[i + 1], { addSpecialTokens: true })
    const { ids, typeIds } = tokenizer.encode(texts[i], { pair: texts[i + 1] })
    expect([...ids]).toEqual(wanted.getIds())
    expect([...typeIds]).toEqual(wanted.getTypeIds())
  }
  const pair = 'the cat sleeps'
  const lengths = (truncation?: 'longest_first' | 'only_first' | 'only_second') =>
    [...tokenizer.encode('a b c d e', { pair, truncation, maxTokens: 9 }).typeIds].filter((t) => t === 1)
      .length
  expect([lengths(), lengths('longest_first'), lengths('only_first'), lengths('only_second')]).toEqual([
    4, 4, 4, 2,
  ])
  const failed = await failure(() =>
    tokenizer.encode('a b c d e', { pair: 'the cat', truncation: 'only_second', maxTokens: 7 }),
  )
  expect(failed).toBeInstanceOf(RangeError)
  expect(() => tokenizer.encode('a', { pair: 1 as never })).toThrow(/pair/)
  expect(() => tokenizer.encode('a', { pair: 'b', truncation: 'first' as never })).toThrow(/longest_first/)
})

test('decode equals the official library', async () => {
  for (const { ids } of (await expected(texts)).slice(0, 200)) {
    expect(tokenizer.decode(ids)).toBe(await official.decode(ids, true))
    expect(tokenizer.decode(Int32Array.from(ids), { skipSpecialTokens: false })).toBe(
      await official.decode(ids, false),
    )
  }
})

test('maxTokens: the file, a number, or none', () => {
  const long = 'wind '.repeat(1_000)
  expect(tokenizer.encode(long).ids).toHaveLength(128) // `truncation` of this tokenizer.json
  expect(tokenizer.encode(long, { maxTokens: 10 }).ids).toHaveLength(10)
  expect(tokenizer.encode(long, { maxTokens: 0 }).ids).toHaveLength(1_002)
})

test('properties, and what is refused', async () => {
  expect(tokenizer.vocabSize).toBe(30_522)
  expect(() => tokenizer.encode(['a'] as never)).toThrow(
    'option "text": expected a string, got an array of length 1',
  )
  expect(() => tokenizer.encode('a', { maxTokens: -1 })).toThrow(RangeError)
  expect(() => tokenizer.encode('a', { addSpecialTokens: 1 as never })).toThrow(TypeError)
  expect(() => tokenizer.decode([30_522])).toThrow('option "ids[0]": expected a token id from 0 to 30521')
  expect(() => tokenizer.decode(Int32Array.of(30_522))).toThrow(RangeError)
  expect(() => tokenizer.decode(Int32Array.of(-1))).toThrow(RangeError)
  expect(() => tokenizer.decode('101' as never)).toThrow(TypeError)
  expect((await tokenizer.encodeBatch([])).offsets).toEqual(Int32Array.of(0))
})

test('abort', async () => {
  const many = Array.from({ length: 100_000 }, (_, i) => texts[i % texts.length])
  const error = await failure(() => tokenizer.encodeBatch(many, { signal: AbortSignal.timeout(1) }))
  expect(error).toMatchObject({ name: 'TimeoutError' })
})

test('files that are no tokenizer', async () => {
  expect((await failure(() => Tokenizer.load('/no/such/folder'))).code).toBe('FILE_NOT_FOUND')
  const config = path.join(fixtures, 'models', 'tiny-bert-cls', 'config.json')
  expect((await failure(() => Tokenizer.load(config))).code).toMatch(/^TOKENIZER_/)
})
