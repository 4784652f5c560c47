import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import * as path from 'node:path'

import {
  type Dataset,
  documentTexts,
  readBeir,
  readJsonl,
  readJsonlDataset,
  readSquad,
  readTrecQrels,
  readTrecRun,
  writeBeir,
  writeTrecQrels,
  writeTrecRun,
} from 'densenode'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'densenode-readers-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const file = (name: string, content: string | Buffer): string => {
  const at = path.join(folder, name)
  mkdirSync(path.dirname(at), { recursive: true })
  writeFileSync(at, content)
  return at
}
const all = async <T>(iterable: AsyncIterable<T>): Promise<T[]> => {
  const list: T[] = []
  for await (const entry of iterable) list.push(entry)
  return list
}
const corrupt = (at: string, text: string) => ({
  code: 'FILE_CORRUPT',
  message: expect.stringMatching(`${at}.*${text}`),
})

describe('readJsonl', () => {
  test('byte order mark, CRLF, empty lines, U+2028 in a text, other fields, no last line end', async () => {
    const at = file(
      'a.jsonl',
      '\uFEFF{"text":"one\u2028line"}\r\n\r\n{"id":7,"text":"","title":null,"more":{}}\n{"id":"x","title":"T","text":"é"}',
    )
    expect(await all(readJsonl(at))).toEqual([
      { id: '0', text: 'one\u2028line' },
      { id: '7', text: '' },
      { id: 'x', text: 'é', title: 'T' },
    ])
  })

  test('lines across the chunks of the reader', async () => {
    const texts = Array.from({ length: 3000 }, (_, i) => `${'ö€😀'.repeat(i % 97)}${i}`)
    const at = file('long.jsonl', texts.map((text) => JSON.stringify({ text })).join('\n'))
    expect((await all(readJsonl(at))).map(({ text }) => text)).toEqual(texts)
  })

  test.each([
    ['{"text":"a"}\n{"text"', ':2: expected a line of JSON'],
    ['[1]', ':1: expected a JSON object, got an array'],
    ['{"id":"a"}', ':1: expected a string as "text", got undefined'],
    ['{"id":1.5,"text":"a"}', ':1: expected a string or a whole number as "id"'],
    ['{"id":"a","text":"a"}\n\n{"id":"a","text":"b"}', ':3: expected an "id" of its own, got "a" again'],
    ['{"id":"1","text":"a"}\n{"text":"b"}', ':2: expected an "id" of its own'],
  ])('%j', async (content, text) => {
    await expect(all(readJsonl(file('bad.jsonl', content)))).rejects.toMatchObject(corrupt('bad.jsonl', text))
  })

  test('files that cannot be read', async () => {
    await expect(all(readJsonl(path.join(folder, 'none')))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
    await expect(all(readJsonl(folder))).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
    await expect(all(readJsonl(''))).rejects.toThrow(RangeError)
  })
})

test('readJsonlDataset', async () => {
  const documents = file('documents.jsonl', '{"id":"a","text":"A"}\n{"id":"b","text":"B"}')
  const queries = file(
    'queries.jsonl',
    '{"id":"p","text":"P","relevant":["a"]}\n{"text":"Q","relevant":{"a":2,"b":0}}',
  )
  expect(await readJsonlDataset(documents, queries)).toEqual({
    documents: [
      { id: 'a', text: 'A' },
      { id: 'b', text: 'B' },
    ],
    queries: [
      { id: 'p', text: 'P' },
      { id: '1', text: 'Q' },
    ],
    judgements: new Map([
      ['p', new Map([['a', 1]])],
      [
        '1',
        new Map([
          ['a', 2],
          ['b', 0],
        ]),
      ],
    ]),
  })
  for (const [relevant, text] of [
    ['["c"]', 'the id of a document in "relevant", got "c"'],
    ['["a","a"]', 'distinct ids'],
    ['{"a":"1"}', 'a whole number as grade of a'],
    ['"a"', '"relevant" with an array'],
  ]) {
    const bad = file('bad-queries.jsonl', `{"text":"Q","relevant":${relevant}}`)
    await expect(readJsonlDataset(documents, bad)).rejects.toMatchObject(corrupt('bad-queries.jsonl:1', text))
  }
})

describe('readBeir', () => {
  const beir = (
    grades: string,
    corpus = '{"_id":"d1","title":"T","text":"one","metadata":{}}\n{"_id":"d2","title":"","text":"two"}',
  ) => {
    file('beir/corpus.jsonl', corpus)
    file('beir/queries.jsonl', '{"_id":"q1","text":"Q1"}\n{"_id":"q2","text":"Q2"}\n')
    file('beir/qrels/test.tsv', grades)
    return path.join(folder, 'beir')
  }

  test('documents, the queries of the split, and grades', async () => {
    const dataset = await readBeir(beir('query-id\tcorpus-id\tscore\nq2\td1\t2\nq2\tgone\t1\n'))
    expect(dataset).toEqual({
      documents: [
        { id: 'd1', title: 'T', text: 'one' },
        { id: 'd2', text: 'two' },
      ],
      queries: [{ id: 'q2', text: 'Q2' }],
      judgements: new Map([
        [
          'q2',
          new Map([
            ['d1', 2],
            ['gone', 1],
          ]),
        ],
      ]),
    })
    expect(documentTexts(dataset)).toEqual(['T one', 'two'])
  })

  test.each([
    ['query-id\tcorpus-id\tscore\nq9\td1\t1', 'test.tsv:2: expected a query of queries.jsonl, got "q9"'],
    ['q1\td1\t1\nq1\td1\t0', 'test.tsv:2: expected one grade of "d1" for "q1"'],
    ['q1\td1\thigh', 'test.tsv:1: expected a whole number as grade'],
    ['q1 d1 1', 'test.tsv:1: expected query id, document id and grade, with tabs'],
  ])('%j', async (grades, text) => {
    await expect(readBeir(beir(grades))).rejects.toMatchObject(corrupt('', text))
  })

  test('a document without an id, one that came before, a split that is not there', async () => {
    await expect(readBeir(beir('', '{"text":"a"}'))).rejects.toMatchObject(corrupt('corpus.jsonl:1', '"_id"'))
    const twice = '{"_id":"a","text":"a"}\n{"_id":"a","text":"a"}'
    await expect(readBeir(beir('', twice))).rejects.toMatchObject(corrupt('corpus.jsonl:2', 'again'))
    await expect(readBeir(beir(''), { split: 'dev' })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
    await expect(readBeir(beir(''), { split: '../test' })).rejects.toThrow('option "split"')
  })

  test('writeBeir writes what readBeir reads', async () => {
    const dataset: Dataset = {
      documents: [
        { id: '1', title: 'a "title"', text: 'line\nend\tand\u2028more' },
        { id: 'é', text: '' },
      ],
      queries: [{ id: 'q', text: '?' }],
      judgements: new Map([
        [
          'q',
          new Map([
            ['é', 3],
            ['1', 0],
          ]),
        ],
      ]),
    }
    const at = path.join(folder, 'written')
    await writeBeir(at, dataset, { split: 'dev' })
    expect(await readBeir(at, { split: 'dev' })).toEqual(dataset)
    const bad = { ...dataset, documents: [{ id: 'a\tb', text: '' }] }
    await expect(writeBeir(at, bad)).rejects.toThrow('an id without tabs and line ends')
  })
})

describe('readSquad', () => {
  const squad = {
    version: 'v2.0',
    data: [
      {
        title: 'New_York',
        paragraphs: [
          {
            context: 'C1',
            qas: [
              { id: 'a', question: 'A?', is_impossible: false, answers: [{ text: 'C', answer_start: 0 }] },
              { id: 'b', question: 'B?', is_impossible: true, answers: [] },
            ],
          },
          { context: 'C2', qas: [{ id: 'c', question: 'C?', answers: [] }] },
          { context: 'C1', qas: [{ id: 'd', question: 'D?', answers: [] }] },
        ],
      },
    ],
  }

  test('contexts are documents, once each; questions are queries', async () => {
    const at = file('squad.json', `\uFEFF${JSON.stringify(squad)}`)
    expect(await readSquad(at)).toEqual({
      documents: [
        { id: '0.0', title: 'New York', text: 'C1' },
        { id: '0.1', title: 'New York', text: 'C2' },
      ],
      queries: [
        { id: 'a', text: 'A?' },
        { id: 'c', text: 'C?' },
        { id: 'd', text: 'D?' },
      ],
      judgements: new Map([
        ['a', new Map([['0.0', 1]])],
        ['c', new Map([['0.1', 1]])],
        ['d', new Map([['0.0', 1]])],
      ]),
    })
    const { queries, judgements } = await readSquad(at, { unanswerable: 'keep' })
    expect(queries.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd'])
    expect(judgements.has('b')).toBe(false)
  })

  test.each([
    ['{', 'expected JSON'],
    ['{}', 'expected an array as data, got undefined'],
    ['{"data":[{"paragraphs":[{"qas":[]}]}]}', 'expected a string as data\\[0\\].paragraphs\\[0\\].context'],
    [
      '{"data":[{"paragraphs":[{"context":"","qas":[{"id":"a"}]}]}]}',
      'paragraphs\\[0\\].qas\\[0\\].question',
    ],
    [
      '{"data":[{"paragraphs":[{"context":"","qas":[{"id":"a","question":""},{"id":"a","question":""}]}]}]}',
      '"a" again',
    ],
  ])('%s', async (content, text) => {
    await expect(readSquad(file('bad.json', content))).rejects.toMatchObject(corrupt('bad.json', text))
  })
})

describe('TREC', () => {
  test('a run: by score, ties by document downwards, whatever ranks and order say', async () => {
    const at = file(
      'run.txt',
      '\uFEFFq Q0 a 1 1.0 t\r\nq  Q0\tb 9 2e0 t\nq Q0 c 3 1.00000001 t\np Q0 a 1 -1 t\n',
    )
    expect(await readTrecRun(at)).toEqual(
      new Map([
        [
          'q',
          [
            { id: 'b', score: 2 },
            { id: 'c', score: 1.00000001 },
            { id: 'a', score: 1 },
          ],
        ],
        ['p', [{ id: 'a', score: -1 }]],
      ]),
    )
  })

  test('a run written and read again has the order of the list', async () => {
    const run = new Map([
      [
        'falling',
        [
          { id: 'a', score: 3 },
          { id: 'b', score: 1.5 },
        ],
      ],
      [
        'ties',
        [
          { id: 'a', score: 1 },
          { id: 'b', score: 1 },
        ],
      ],
      [
        'distances',
        [
          { id: 'a', score: 1 },
          { id: 'b', score: 2 },
        ],
      ],
    ])
    const at = path.join(folder, 'written.txt')
    await writeTrecRun(at, run, { tag: 'mine' })
    const read = await readTrecRun(at)
    expect(read.get('falling')).toEqual(run.get('falling'))
    for (const name of run.keys()) expect(read.get(name)!.map(({ id }) => id)).toEqual(['a', 'b'])
    await expect(writeTrecRun(at, run, { tag: 'my run' })).rejects.toThrow('an id without white space')
    await expect(writeTrecRun(path.join(folder, 'no', 'such'), run)).rejects.toMatchObject({
      code: 'FILE_WRITE_FAILED',
    })
  })

  test('judgements, written and read', async () => {
    const judgements = new Map([
      [
        'q',
        new Map([
          ['a', 2],
          ['b', -1],
        ]),
      ],
    ])
    const at = path.join(folder, 'qrels.txt')
    await writeTrecQrels(at, judgements)
    expect(await readTrecQrels(at)).toEqual(judgements)
  })

  test.each([
    ['q Q0 a 1 1.0', 'expected query, Q0, document, rank, score and tag'],
    ['q Q0 a 1 NaN t', 'expected a number as score, got "NaN"'],
    ['q Q0 a 1 1 t\nq Q0 a 2 0 t', ':2: expected "a" once for "q"'],
  ])('bad run: %j', async (content, text) => {
    await expect(readTrecRun(file('bad.txt', content))).rejects.toMatchObject(corrupt('bad.txt', text))
  })

  test.each([
    ['q 0 a', 'expected query, iteration, document and grade'],
    ['q 0 a 1.5', 'expected a whole number as grade'],
    ['q 0 a 1\nq 0 a 1', ':2: expected one grade of "a" for "q"'],
  ])('bad judgements: %j', async (content, text) => {
    await expect(readTrecQrels(file('bad.txt', content))).rejects.toMatchObject(corrupt('bad.txt', text))
  })
})
