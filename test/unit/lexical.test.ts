import { Bm25Index, TfidfIndex } from 'densenode'

import { checkAnalyzer } from '#lib/analyzer'
import { stopwordsOf } from '#lib/stopwords'

const loose = (value: unknown) => value as never

async function refused(call: () => unknown, kind: typeof TypeError | typeof RangeError, text: string) {
  const error = await (async () => call())().catch((error: unknown) => error)
  expect(error).toBeInstanceOf(kind)
  expect((error as Error).message).toContain(text)
}

describe('analyzers', () => {
  test('default and presets', () => {
    const english = checkAnalyzer(undefined)
    expect(english).toEqual({
      stemmer: 'english',
      stopwords: stopwordsOf('english'),
      lowercase: true,
      minTokenLength: 1,
      words: 'unicode',
    })
    expect(checkAnalyzer('english')).toEqual(english)
    expect(checkAnalyzer({})).toEqual(english)
    expect(checkAnalyzer('plain')).toEqual({ ...english, stemmer: '', stopwords: [] })
    expect(checkAnalyzer('whitespace')).toEqual({
      ...english,
      stemmer: '',
      stopwords: [],
      lowercase: false,
      words: 'whitespace',
    })
    expect(checkAnalyzer('french')).toMatchObject({ stemmer: 'french', stopwords: stopwordsOf('french') })
    expect(checkAnalyzer('tamil').stopwords).toEqual([]) // Snowball has no list
    expect(checkAnalyzer({ language: 'german', stopwords: 'none' })).toMatchObject({ stopwords: [] })
    expect(checkAnalyzer({ stopwords: 'danish' }).stopwords).toEqual(stopwordsOf('danish'))
  })

  test('stop words are single, lower-case words', () => {
    for (const language of ['english', 'german', 'russian', 'finnish', 'irish'] as const) {
      const words = stopwordsOf(language)
      expect(words.length).toBeGreaterThan(80)
      expect(new Set(words).size).toBe(words.length)
      for (const word of words) expect(word).toBe(word.toLowerCase().trim())
    }
    expect(stopwordsOf('english')).toContain("wouldn't")
  })

  test('the list of the caller is copied', () => {
    const own = ['a']
    const { stopwords } = checkAnalyzer({ stopwords: own })
    own[0] = 'b'
    expect(stopwords).toEqual(['a'])
  })

  test('misuse', async () => {
    const with_ = (analyzer: unknown) => () => checkAnalyzer(loose(analyzer))
    await refused(
      with_('klingon'),
      RangeError,
      'option "analyzer": expected one of "plain", "whitespace", "arabic"',
    )
    await refused(with_('enlish'), RangeError, 'Did you mean "english"?')
    await refused(with_(5), TypeError, 'option "analyzer": expected a language')
    await refused(with_(null), TypeError, 'option "analyzer"')
    await refused(with_(['english']), TypeError, 'option "analyzer"')
    await refused(with_({ lang: 'english' }), TypeError, 'option "lang"')
    await refused(with_({ language: 'plain' }), RangeError, 'option "analyzer.language"')
    await refused(with_({ stemmer: 'porter' }), TypeError, 'option "analyzer.stemmer": expected a boolean')
    await refused(
      with_({ stopwords: 'klingon' }),
      RangeError,
      'option "analyzer.stopwords": expected one of "none"',
    )
    await refused(
      with_({ stopwords: 5 }),
      TypeError,
      'option "analyzer.stopwords": expected a language, "none"',
    )
    await refused(with_({ stopwords: ['a', 5] }), TypeError, 'option "analyzer.stopwords[1]"')
    await refused(with_({ stopwords: [''] }), RangeError, 'option "analyzer.stopwords[0]"')
    await refused(with_({ lowercase: 1 }), TypeError, 'option "analyzer.lowercase"')
    await refused(with_({ minTokenLength: 0 }), RangeError, 'option "analyzer.minTokenLength"')
    await refused(with_({ words: 'regex' }), RangeError, 'option "analyzer.words"')
  })
})

test('misuse of Bm25Index.create, open and attach', async () => {
  const create = (options: unknown) => () => Bm25Index.create(loose(options))
  await refused(create({ k1: -0.1 }), RangeError, 'option "k1": expected a finite number of at least 0')
  await refused(create({ k1: '1' }), TypeError, 'option "k1"')
  await refused(create({ b: 1.5 }), RangeError, 'option "b": expected a number from 0 to 1, got 1.5')
  await refused(create({ b: Number.NaN }), RangeError, 'option "b"')
  await refused(create({ delta: Infinity }), RangeError, 'option "delta"')
  await refused(create({ variant: 'BM25+' }), RangeError, 'Did you mean "bm25+"?')
  await refused(create({ K1: 1 }), TypeError, 'Did you mean "k1"?')
  await refused(create('english'), TypeError, 'option "options"')
  await refused(() => TfidfIndex.create(loose({ sublinearTf: 1 })), TypeError, 'option "sublinearTf"')
  await refused(() => Bm25Index.open(''), RangeError, 'option "path"')
  await refused(() => Bm25Index.attach(loose({})), TypeError, 'a handle that Bm25Index.share() gave')
})

test('misuse of the methods', async () => {
  const index = await Bm25Index.create()
  await refused(() => index.add(loose(5)), TypeError, 'option "texts"')
  await refused(() => index.add(loose(['a', 5])), TypeError, 'option "texts[1]": expected a string')
  await refused(() => index.add(['a', 'b'], [1]), RangeError, 'as many ids as there are texts (2)')
  await refused(() => index.add('a', [-1]), RangeError, 'option "ids[0]"')
  await refused(() => index.add('a', null, loose({ onProgress: 5 })), TypeError, 'option "onProgress"')
  await refused(() => index.add('a', null, loose({ progress: 5 })), TypeError, 'Did you mean "onProgress"?')
  await refused(() => index.remove(loose(5)), TypeError, 'option "ids"')
  await refused(() => index.search('a', 0), RangeError, 'option "k": expected an integer from 1 to 16777216')
  await refused(() => index.search(loose(null), 1), TypeError, 'option "texts"')
  await refused(() => index.search('a', 1, loose({ signal: 5 })), TypeError, 'option "signal"')
  await refused(() => index.search(Array(1000).fill('a'), 1 << 24), RangeError, 'queries x k')
  await refused(() => index.analyze(loose(['a'])), TypeError, 'option "text"')
  await refused(() => index.save(''), RangeError, 'option "path"')
  expect(index.count).toBe(0)
  await index.dispose()
})
