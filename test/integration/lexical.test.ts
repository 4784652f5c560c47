import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import * as path from 'node:path'

import { type Analyzer, Bm25Index, type Bm25Variant, type SearchFilter, TfidfIndex } from 'densenode'
import { scratchFolder } from '../scratch-folder'
import { failure, fixtures } from './support'

interface References {
  documents: string[]
  queries: string[]
  bm25: { variant: Bm25Variant; k1: number; b: number; delta: number; scores: number[][] }[]
  tfidf: { sublinearTf: boolean; scores: number[][] }[]
}

const references = JSON.parse(readFileSync(path.join(fixtures, 'lexical.json'), 'utf8')) as References
const scratch = scratchFolder('lexical')

const open: (Bm25Index | TfidfIndex)[] = []
afterEach(() => Promise.all(open.splice(0).map((index) => index.dispose())))
const track = <Index extends Bm25Index | TfidfIndex>(index: Index): Index => {
  open.push(index)
  return index
}

const passages = [
  'Cats purr when they are happy',
  'A dog was running through the park',
  "The engine's parts are made of steel",
  'Dogs run after cats; cats run away',
]

async function filled(): Promise<Bm25Index> {
  const index = track(await Bm25Index.create())
  await index.add(passages)
  return index
}

async function expectScores(index: Bm25Index | TfidfIndex, scores: number[][]) {
  await index.add(references.documents)
  const results = await index.search(references.queries, references.documents.length)
  expect(results).toMatchObject({ count: references.queries.length, k: references.documents.length })
  scores.forEach((expected, query) => {
    for (const { id, score } of results.hits(query))
      expect(Math.abs(score - expected[id])).toBeLessThanOrEqual(1e-5 * Math.max(1, expected[id]))
  })
  expect(results.hits(0).length).toBeGreaterThan(5)
}

test('a filter leaves the allowed part of the ranking', async () => {
  const index = track(await Bm25Index.create({ analyzer: 'whitespace' }))
  await index.add(references.documents)
  await index.remove([3, 4])
  const count = references.documents.length
  const all = await index.search(references.queries, count)
  const cases: [SearchFilter, (id: number) => boolean][] = [
    [{ ids: [1, 5, 9, 10_000] }, (id) => [1, 5, 9].includes(id)],
    [{ from: 10, to: 40, exclude: [12, 13] }, (id) => id >= 10 && id < 40 && id !== 12 && id !== 13],
    [{ bitmap: Uint8Array.of(0b10101010, 255) }, (id) => (id < 8 && id % 2 === 1) || (id >= 8 && id < 16)],
    [{ ids: [] }, () => false],
  ]
  for (const [filter, allows] of cases) {
    const found = await index.search(references.queries, 7, { filter })
    for (let query = 0; query < found.count; query++) {
      const expected = all.hits(query).filter(({ id }) => allows(id))
      expect(found.hits(query)).toEqual(expected.slice(0, 7))
    }
  }
  const error = await failure(() => index.search('a', 1, { filter: { id: 3 } as SearchFilter }))
  expect(error.message).toContain('option "id"')
})

describe('scores', () => {
  test.each(references.bm25)('of bm25s: $variant, k1 $k1, b $b', async ({ scores, ...options }) => {
    const index = track(await Bm25Index.create({ ...options, analyzer: 'whitespace' }))
    expect(index).toMatchObject(options)
    await expectScores(index, scores)
  })

  test.each(references.tfidf)(
    'of scikit-learn: sublinearTf $sublinearTf',
    async ({ scores, sublinearTf }) => {
      const index = track(await TfidfIndex.create({ sublinearTf, analyzer: 'whitespace' }))
      expect(index.sublinearTf).toBe(sublinearTf)
      await expectScores(index, scores)
    },
  )

  test('defaults are those of Lucene', async () => {
    expect(track(await Bm25Index.create())).toMatchObject({ variant: 'lucene', k1: 1.2, b: 0.75 })
  })
})

describe('analyzers', () => {
  const analyze = async (analyzer: Analyzer | undefined, text: string) =>
    track(await Bm25Index.create({ analyzer })).analyze(text)

  test('English is the default: stop words and stems', async () => {
    expect(await analyze(undefined, "The runner's dogs WEREN'T running")).toEqual(['runner', 'dog', 'run'])
  })

  test('others', async () => {
    const text = "The dogs don't RUN"
    expect(await analyze('plain', text)).toEqual(['the', 'dogs', "don't", 'run'])
    expect(await analyze('whitespace', text)).toEqual(['The', 'dogs', "don't", 'RUN'])
    expect(await analyze('german', 'Die Häuser und die Katzen')).toEqual(['haus', 'katz'])
    expect(await analyze({ stemmer: false }, text)).toEqual(['dogs', 'run'])
    expect(await analyze({ stopwords: 'none' }, text)).toEqual(['the', 'dog', "don't", 'run'])
    expect(await analyze({ stopwords: ['dogs'], minTokenLength: 4 }, text)).toEqual(["don't"])
    expect(await analyze({ lowercase: false, stemmer: false }, text)).toEqual(['The', 'dogs', 'RUN'])
    expect(await analyze({ words: 'whitespace' }, 'state-of-the-art, dogs')).toEqual([
      'state-of-the-art,',
      'dog',
    ])
  })

  test('texts of any characters', async () => {
    const index = track(await Bm25Index.create({ analyzer: 'plain' }))
    await index.add([
      '日本語のテキスト',
      'naïve café',
      'cafe\u0301 au lait',
      'lone \ud800 surrogate',
      '\0',
      '',
    ])
    expect((await index.search('CAFÉ', 5)).hits(0).map(({ id }) => id)).toEqual([1, 2])
    expect((await index.search('日語', 1)).hits(0)[0].id).toBe(0)
    expect((await index.search('lone', 5)).hits(0)).toHaveLength(1)
  })
})

describe('searching', () => {
  test('one query, many, and one that finds nothing', async () => {
    const index = await filled()
    const results = await index.search(['cats run', 'steel engines', 'quantum'], 3)
    expect(results.hits(0).map(({ id }) => id)).toEqual([3, 0, 1])
    expect(results.hits(1).map(({ id }) => id)).toEqual([2])
    expect(results.hits(2)).toEqual([])
    expect([...results.ids.subarray(4)]).toEqual([-1n, -1n, -1n, -1n, -1n])
    expect([...results.scores.subarray(6)]).toEqual([-Infinity, -Infinity, -Infinity])
    expect((await index.search('cats run', 3)).hits(0)).toEqual(results.hits(0))
    expect((await index.search([], 3)).count).toBe(0)
  })

  test('ids of one’s own, large ones too', async () => {
    const index = track(await Bm25Index.create())
    const large = 2n ** 62n
    await index.add(['one cat', 'two cats'], [large, 5n])
    await index.add('three cats')
    expect((await index.search('cat', 5)).hits(0, { bigint: true }).map(({ id }) => id)).toEqual([
      large,
      5n,
      large + 1n,
    ])
    const error = await failure(() => index.add(['x'], [5]))
    expect(error).toBeInstanceOf(RangeError)
    expect(error.message).toContain('id 5 is already in the index')
    expect(index.count).toBe(3)
  })

  test('what was removed is not found, and no longer counts', async () => {
    const index = await filled()
    expect(await index.remove([3, 3, 99])).toBe(1)
    expect(index.count).toBe(3)
    const fresh = track(await Bm25Index.create())
    await fresh.add(passages.slice(0, 3))
    const results = await index.search('cats run', 3)
    expect(results.hits(0)).toEqual((await fresh.search('cats run', 3)).hits(0))
  })

  test('many searches at once, also while texts are added', async () => {
    const index = await filled()
    const words = Array.from({ length: 500 }, (_, i) => `filler number ${i}`)
    const adding = index.add(words)
    const found = await Promise.all(Array.from({ length: 200 }, () => index.search('purr', 1)))
    await adding
    for (const results of found) expect(results.hits(0)[0].id).toBe(0)
    expect(index.count).toBe(504)
  })
})

describe('adding', () => {
  const many = Array.from({ length: 20_000 }, (_, i) => `text ${i} of a job that takes a while`)

  test('tells how far it is', async () => {
    const index = track(await Bm25Index.create())
    const calls: [number, number][] = []
    await index.add(many, null, { onProgress: (done, total) => calls.push([done, total]) })
    expect(calls.at(-1)).toEqual([many.length, many.length])
    expect(calls.map(([done]) => done)).toEqual(calls.map(([done]) => done).sort((a, b) => a - b))
  })

  test('stops for a signal and for an error of the callback, and adds nothing then', async () => {
    const index = track(await Bm25Index.create())
    const controller = new AbortController()
    const aborted = index.add(many, null, {
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('enough')),
    })
    expect((await failure(() => aborted)).message).toBe('enough')
    const thrown = index.add(many, null, {
      onProgress() {
        throw new Error('from the callback')
      },
    })
    expect((await failure(() => thrown)).message).toBe('from the callback')
    expect(index.count % many.length).toBe(0) // a callback may come when all has been added
  })

  test('leaves the event loop free', async () => {
    const index = track(await Bm25Index.create())
    let ticks = 0
    const timer = setInterval(() => ticks++, 1)
    await index.add([...many, ...many, ...many])
    clearInterval(timer)
    expect(ticks).toBeGreaterThan(3)
  })
})

describe('files', () => {
  test('come back as they were', async () => {
    const index = await filled()
    const file = path.join(scratch, 'bm25.dn')
    await index.save(file)
    expect(readdirSync(scratch)).toEqual(['bm25.dn'])
    const opened = track(await Bm25Index.open(file))
    expect(opened).toMatchObject({ variant: 'lucene', k1: 1.2, b: 0.75, delta: 0.5 })
    expect(opened.count).toBe(4)
    expect(opened.analyze('running')).toEqual(['run'])
    expect((await opened.search('cats run', 3)).hits(0)).toEqual((await index.search('cats run', 3)).hits(0))
    const error = await failure(() => TfidfIndex.open(file))
    expect(error).toMatchObject({ code: 'FILE_CORRUPT' })
    expect(error.message).toContain('holds an index for bm25')
  })

  test('that are damaged are refused', async () => {
    const file = path.join(scratch, 'damaged.dn')
    await (await filled()).save(file)
    const bytes = readFileSync(file)
    bytes[bytes.length - 9] ^= 4
    writeFileSync(file, bytes)
    expect(await failure(() => Bm25Index.open(file))).toMatchObject({ code: 'FILE_CORRUPT' })
    writeFileSync(file, bytes.subarray(0, 300))
    expect(await failure(() => Bm25Index.open(file))).toMatchObject({ code: 'FILE_CORRUPT' })
    expect(await failure(() => Bm25Index.open(`${file}.none`))).toMatchObject({ code: 'FILE_NOT_FOUND' })
    expect(await failure(() => open[0].save('/dev/null/none'))).toMatchObject({ code: 'FILE_WRITE_FAILED' })
  })
})

test('an index is shared between objects', async () => {
  const index = await filled()
  const other = track(Bm25Index.attach(index.share()))
  await other.add('a second cat')
  expect(index.count).toBe(5)
  await index.dispose()
  expect((await other.search('cat', 9)).hits(0)).toHaveLength(3)
  const handle = other.share()
  expect(() => TfidfIndex.attach(handle)).toThrow('got one of "Bm25Index"')
  await other.dispose()
  const { code } = await failure(() => Bm25Index.attach(handle))
  expect(code).toBe('DISPOSED')
})

test('memory is told', async () => {
  const index = track(await Bm25Index.create())
  const before = index.memoryBytes
  await index.add(Array.from({ length: 1000 }, (_, i) => `word${i} again`))
  expect(index.memoryBytes - before).toBeGreaterThan(1000 * 8 + 2000 * 4)
  expect(index.memoryBytes - before).toBeLessThan(1000 * 200)
})
