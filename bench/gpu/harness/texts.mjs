// Texts of chosen lengths in tokens, out of WordNet's glosses.
import { randomGenerator, readGlosses } from '../../harness/wordnet.mjs'

const SPECIAL_TOKENS = 2
const GLOSSES = 15_000

/**
 * `count` texts whose lengths in tokens, special ones included, are uniform in from..to. A word's pieces do not depend on its
 * neighbours, so a text has as many tokens as its words together.
 */
export async function textsOfLengths(tokenizer, count, from, to, seed) {
  const { words, pieces } = await gatherWords(tokenizer)
  const random = randomGenerator(seed)
  const texts = []
  let next = Math.floor(random() * words.length)
  while (texts.length < count) {
    const length = from + Math.floor(random() * (to - from + 1)) - SPECIAL_TOKENS
    const chosen = []
    for (let left = length, passed = 0; left > 0 && passed < words.length; passed++) {
      if (pieces[next] <= left) {
        chosen.push(words[next])
        left -= pieces[next]
      }
      next = (next + 1) % words.length
    }
    texts.push(chosen.join(' '))
  }
  return texts
}

let gathered

function gatherWords(tokenizer) {
  gathered ??= encodeWords(tokenizer)
  return gathered
}

async function encodeWords(tokenizer) {
  const words = readGlosses()
    .slice(0, GLOSSES)
    .flatMap((gloss) => gloss.split(/\s+/))
    .filter(Boolean)
  const { offsets } = await tokenizer.encodeBatch(words, { addSpecialTokens: false })
  const pieces = words.map((_, i) => offsets[i + 1] - offsets[i])
  return { words, pieces }
}
