import { types } from 'node:util'

import * as check from './checks'
import { MAX_INT32 } from './defaults'
import { wrongRange, wrongType } from './errors'
import { runJob, runSync } from './job'
import { Lifetime, Resource } from './lifetime'
import { type Binding, native } from './native'
import { texts as checkTexts, textList } from './text-list'

export interface EncodeOptions {
  /** Put the model's special tokens (`[CLS]`, `[SEP]`, ...) around each text. Default: true. */
  addSpecialTokens?: boolean
  /**
   * Most tokens of one text, special tokens included; 0 for no limit. Default: what `truncation` in
   * tokenizer.json says, no limit where it says nothing.
   */
  maxTokens?: number
}

/** Which text of a pair is shortened to maxTokens: always the longer one, or always the same. */
export type TruncationStrategy = 'longest_first' | 'only_first' | 'only_second'

export interface EncodePairOptions extends EncodeOptions {
  /**
   * A second text, in one sequence with the first as the tokenizer's template says: what cross-encoders take.
   */
  pair?: string
  /** Default: what `truncation` in tokenizer.json says, `'longest_first'` where it says nothing. */
  truncation?: TruncationStrategy
}

export interface EncodeBatchOptions extends EncodeOptions {
  /** Stops the work; the promise then rejects with the signal's reason. */
  signal?: AbortSignal
}

export interface DecodeOptions {
  /** Leave special tokens out of the text. Default: true. */
  skipSpecialTokens?: boolean
}

/** Tokens of one text. */
export interface Encoding {
  ids: Int32Array
  /** Token type (segment) ids, as many as ids. */
  typeIds: Int32Array
}

/** Tokens of n texts without padding: text i has `ids.subarray(offsets[i], offsets[i + 1])`. */
export interface EncodingBatch extends Encoding {
  /** n + 1 positions in ids and typeIds. */
  offsets: Int32Array
}

const ENCODE_OPTIONS = ['addSpecialTokens', 'maxTokens'] as const
const TRUNCATION = ['longest_first', 'only_first', 'only_second'] as const

/**
 * Text to token ids, the same ids as the official `tokenizers` library makes from the same tokenizer.json.
 *
 * @example
 * const tokenizer = await Tokenizer.load('models/all-MiniLM-L6-v2')
 * const { ids } = tokenizer.encode('hello world') // Int32Array [101, 7592, 2088, 102]
 */
export class Tokenizer extends Resource {
  readonly #lifetime: Lifetime<Binding.Tokenizer>
  /** Size of the vocabulary, added tokens included. Stays readable after dispose(). */
  readonly vocabSize: number

  private constructor(lifetime: Lifetime<Binding.Tokenizer>) {
    super(lifetime, 'await Tokenizer.load(path).')
    this.#lifetime = lifetime
    this.vocabSize = lifetime.use('load').vocabSize
  }

  /**
   * Reads a tokenizer.json, or the one in a folder, on another thread.
   *
   * @throws DensenodeError FILE_NOT_FOUND (with the remedy where the folder has a tokenizer of another form),
   *   FILE_UNREADABLE, TOKENIZER_INVALID, or TOKENIZER_UNSUPPORTED with the name of the component that
   *   densenode does not have.
   */
  static async load(path: string): Promise<Tokenizer> {
    check.path('path', path)
    const tokenizer = await runJob([], undefined, () => native().Tokenizer.load(path))
    return new Tokenizer(new Lifetime('Tokenizer', tokenizer))
  }

  /**
   * Tokens of one text, or of a pair of texts, at once and on this thread: microseconds for a sentence. Use
   * encodeBatch for long or many texts. A lone surrogate is read as U+FFFD.
   *
   * @throws RangeError where the text of a pair that `truncation` names cannot be shortened enough.
   */
  encode(text: string, options?: EncodePairOptions): Encoding {
    const tokenizer = this.#lifetime.use('encode')
    check.string('text', text, 'For many texts, call encodeBatch.')
    const given = check.options(options, [...ENCODE_OPTIONS, 'pair', 'truncation'], 'Tokenizer.encode')
    const { addSpecialTokens, maxTokens } = encodeOptions(given)
    const pair = given.pair === undefined ? undefined : check.string('pair', given.pair)
    const truncation =
      given.truncation === undefined ? undefined : check.oneOf('truncation', given.truncation, TRUNCATION)
    return runSync(() => tokenizer.encode(text, addSpecialTokens, maxTokens, pair, truncation))
  }

  /**
   * Tokens of many texts, on all threads of densenode. The strings are copied to native memory in slices; the
   * result's arrays are native memory that is not copied again.
   *
   * @throws TypeError for the first element that is not a string, with its position.
   */
  async encodeBatch(texts: string | readonly string[], options?: EncodeBatchOptions): Promise<EncodingBatch> {
    const tokenizer = this.#lifetime.use('encodeBatch')
    const list = checkTexts(texts)
    const given = check.options(options, [...ENCODE_OPTIONS, 'signal'], 'Tokenizer.encodeBatch')
    const { addSpecialTokens, maxTokens } = encodeOptions(given)
    return await runJob([this.#lifetime], check.signal(given.signal), async (abort) =>
      tokenizer.encodeBatch(await textList(list, abort), addSpecialTokens, maxTokens, abort.cancellation()),
    )
  }

  /**
   * Text of token ids, at once and on this thread.
   *
   * @throws RangeError for an id outside the vocabulary.
   */
  decode(ids: Int32Array | readonly number[], options?: DecodeOptions): string {
    const tokenizer = this.#lifetime.use('decode')
    const array = tokenIds(ids, this.vocabSize)
    const { skipSpecialTokens = true } = check.options(options, ['skipSpecialTokens'], 'Tokenizer.decode')
    check.boolean('skipSpecialTokens', skipSpecialTokens)
    return runSync(() => tokenizer.decode(array, skipSpecialTokens))
  }
}

function encodeOptions({ addSpecialTokens = true, maxTokens }: EncodeOptions) {
  return {
    addSpecialTokens: check.boolean('addSpecialTokens', addSpecialTokens),
    // -1 tells the native layer to follow tokenizer.json.
    maxTokens: maxTokens === undefined ? -1 : check.integer('maxTokens', maxTokens, 0, MAX_INT32),
  }
}

function tokenIds(ids: Int32Array | readonly number[], vocabSize: number): Int32Array {
  if (types.isInt32Array(ids)) {
    check.usableMemory('ids', ids)
    return ids
  }
  if (!Array.isArray(ids)) throw wrongType('ids', 'an Int32Array or an array of token ids', ids)
  ids.forEach((id: unknown, i) => {
    if (!Number.isInteger(id) || (id as number) < 0 || (id as number) >= vocabSize)
      throw wrongRange(`ids[${i}]`, `a token id from 0 to ${vocabSize - 1}`, id)
  })
  return Int32Array.from(ids)
}
