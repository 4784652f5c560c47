import * as path from 'node:path'

import { type RelevanceMetric, type Run, readTrecQrels, readTrecRun, scoreRun } from 'densenode'

import { expected, folder } from '../ranking-fixtures'

const CUTS = [1, 3, 10, 100]
/** Our name -> trec_eval's. */
const NAMES: [RelevanceMetric, string][] = [
  ...CUTS.flatMap((k): [RelevanceMetric, string][] => [
    [`ndcg@${k}`, `ndcg_cut_${k}`],
    [`map@${k}`, `map_cut_${k}`],
    [`recall@${k}`, `recall_${k}`],
    [`precision@${k}`, `P_${k}`],
    [`hit_rate@${k}`, `success_${k}`],
  ]),
  ['ndcg', 'ndcg'],
  ['map', 'map'],
  ['mrr', 'recip_rank'],
]

describe.each(['run.txt', 'run-ties.txt'])('%s', (file) => {
  test('equals trec_eval for each query, and in the mean', async () => {
    const judgements = await readTrecQrels(path.join(folder, 'qrels.txt'))
    const run = await readTrecRun(path.join(folder, file))
    const { perQuery, metrics, missing } = scoreRun(
      run,
      judgements,
      NAMES.map(([name]) => name),
    )
    const theirs = expected.runs[file].trec_eval
    expect(perQuery.size).toBe(30)
    expect(missing).toBe(2)
    for (const [name, trecName] of NAMES) {
      let sum = 0
      for (const [query, scores] of perQuery) {
        const score = theirs[query]?.[trecName] ?? 0 // trec_eval -c: what the run lacks counts 0
        expect([query, name, scores[name]]).toEqual([query, name, expect.closeTo(score, 12)])
        sum += score
      }
      expect(metrics[name]).toBeCloseTo(sum / 30, 12)
    }
  })
})

test('ndcg with exponential gain equals ranx', async () => {
  const judgements = await readTrecQrels(path.join(folder, 'qrels.txt'))
  const run = await readTrecRun(path.join(folder, 'run.txt'))
  const names = CUTS.map((k): RelevanceMetric => `ndcg_burges@${k}`)
  const { perQuery } = scoreRun(run, judgements, names)
  const theirs = expected.runs['run.txt'].ranx!
  expect(Object.keys(theirs).length).toBeGreaterThan(20)
  for (const [query, scores] of Object.entries(theirs))
    for (const name of names) expect(perQuery.get(query)![name]).toBeCloseTo(scores[name], 10)
})

const judgements = new Map([['q', new Map([['a', 1]])]])
const run: Run = new Map([
  [
    'q',
    [
      { id: 'b', score: 1 },
      { id: 'a', score: 1 },
    ],
  ],
])

test('the order of a list is its ranking, whatever the scores are', () => {
  expect(scoreRun(run, judgements, ['mrr', 'precision', 'hit_rate@1']).metrics).toEqual({
    mrr: 0.5,
    precision: 0.5,
    'hit_rate@1': 0,
  })
})

test('wrong arguments', () => {
  const score = scoreRun as (...args: unknown[]) => unknown
  expect(() => score(run, judgements, ['ndgc@10'])).toThrow('Did you mean "ndcg"?')
  expect(() => score(run, judgements, ['ndcg@0'])).toThrow(RangeError)
  expect(() => score(run, judgements, ['recall@1.5'])).toThrow(RangeError)
  expect(() => score(run, judgements, 'ndcg')).toThrow(TypeError)
  expect(() => score(run, judgements, [])).toThrow('at least one')
  expect(() => score({}, judgements)).toThrow('option "run": expected a Map')
  expect(() => score(run, new Map())).toThrow('at least one judged query')
  expect(() => score(run, new Map([['q', new Map([['a', '1']])]]))).toThrow('the grade of "a" for "q"')
  const twice = new Map([
    [
      'q',
      [
        { id: 'a', score: 2 },
        { id: 'a', score: 1 },
      ],
    ],
  ])
  expect(() => score(twice, judgements)).toThrow('expected each document once, got "a" again')
})
