import * as check from './checks'
import { ANALYZER_LANGUAGE, MAX_TOKEN_LENGTH, MIN_TOKEN_LENGTH } from './defaults'
import { misuseMessage, wrongType } from './errors'
import type { Binding } from './native'
import { stopwordsOf } from './stopwords'

/** Languages with a Snowball stemmer. */
export type Language = (typeof LANGUAGES)[number]

export interface AnalyzerOptions {
  /**
   * Language of the stemmer, and of the stop words where `stopwords` does not say otherwise. Default:
   * `'english'`.
   */
  language?: Language
  /**
   * Whether words are cut to their stems ("running" and "runs" become "run") by the Snowball stemmer of the
   * language. Default: true.
   */
  stemmer?: boolean
  /**
   * Words that are left out, compared after lower-casing and before stemming: Snowball's list for a language,
   * `'none'`, or words of your own, which are taken as they are. Default: the list of `language`, none where
   * Snowball has none.
   */
  stopwords?: Language | 'none' | readonly string[]
  /** Whether words are put in lower case, by Unicode's full mapping. Default: true. */
  lowercase?: boolean
  /** Shortest word that is kept, in characters (code points), before stemming. Default: 1. */
  minTokenLength?: number
  /**
   * How text is cut into words. `'unicode'`: runs of letters, marks, digits and connecting punctuation; an
   * apostrophe between letters and a point or comma between digits belong to the word (rules WB6, WB7, WB11
   * and WB12 of UAX #29); each CJK ideograph is a word of its own; words are normalized to NFC.
   * `'whitespace'`: what stands between white space, as it is. Default: `'unicode'`.
   */
  words?: 'unicode' | 'whitespace'
}

/**
 * A language, with its stemmer and its stop words; `'plain'`, words in lower case; `'whitespace'`, the text
 * cut at white space and otherwise as it is, for tokens made elsewhere (join them with spaces); or each
 * choice apart.
 */
export type Analyzer = Language | 'plain' | 'whitespace' | AnalyzerOptions

const LANGUAGES = [
  ...(['arabic', 'armenian', 'basque', 'catalan', 'danish', 'dutch', 'english', 'finnish'] as const),
  ...(['french', 'german', 'greek', 'hindi', 'hungarian', 'indonesian', 'irish', 'italian'] as const),
  ...(['lithuanian', 'nepali', 'norwegian', 'portuguese', 'romanian', 'russian', 'serbian'] as const),
  ...(['spanish', 'swedish', 'tamil', 'turkish', 'yiddish'] as const),
] as const
const PLAIN = { stemmer: false, stopwords: 'none' } as const
const WHITESPACE = { ...PLAIN, lowercase: false, words: 'whitespace' } as const
const OPTIONS = ['language', 'stemmer', 'stopwords', 'lowercase', 'minTokenLength', 'words'] as const

/** What native code takes, every choice made. */
export function checkAnalyzer(analyzer: Analyzer | undefined): Binding.AnalyzerOptions {
  const given = check.options(fromPreset(analyzer), OPTIONS, 'analyzer')
  const language = check.oneOf('analyzer.language', given.language ?? ANALYZER_LANGUAGE, LANGUAGES)
  const stemmer = check.boolean('analyzer.stemmer', given.stemmer ?? true)
  return {
    stemmer: stemmer ? language : '',
    stopwords: checkStopwords(given.stopwords ?? language),
    lowercase: check.boolean('analyzer.lowercase', given.lowercase ?? true),
    minTokenLength: check.integer(
      'analyzer.minTokenLength',
      given.minTokenLength ?? MIN_TOKEN_LENGTH,
      1,
      MAX_TOKEN_LENGTH,
    ),
    words: check.oneOf('analyzer.words', given.words ?? 'unicode', ['unicode', 'whitespace'] as const),
  }
}

function fromPreset(analyzer: Analyzer | undefined): AnalyzerOptions | undefined {
  if (typeof analyzer !== 'string') {
    if (
      analyzer !== undefined &&
      (typeof analyzer !== 'object' || analyzer === null || Array.isArray(analyzer))
    )
      throw wrongType('analyzer', 'a language, "plain", "whitespace" or an object of choices', analyzer)
    return analyzer
  }
  const name = check.oneOf('analyzer', analyzer, ['plain', 'whitespace', ...LANGUAGES])
  if (name === 'plain') return PLAIN
  return name === 'whitespace' ? WHITESPACE : { language: name }
}

function checkStopwords(value: unknown): string[] {
  if (!Array.isArray(value)) {
    if (typeof value !== 'string')
      throw wrongType('analyzer.stopwords', 'a language, "none" or an array of words', value)
    const name = check.oneOf('analyzer.stopwords', value, ['none', ...LANGUAGES])
    return name === 'none' ? [] : stopwordsOf(name)
  }
  value.forEach((word: unknown, i) => {
    if (check.string(`analyzer.stopwords[${i}]`, word) === '')
      throw new RangeError(misuseMessage(`analyzer.stopwords[${i}]`, 'a word', 'an empty string'))
  })
  return [...(value as string[])]
}
