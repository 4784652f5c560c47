// npm run quickstart: sets everything up, then runs the main job on real input, a reverse dictionary over WordNet's glosses.
//   npm run quickstart             an eighth of the glosses, about a minute on 2 cores
//   npm run quickstart -- --all    all of them
import { createInterface } from 'node:readline/promises'
import { build } from './build/index.mjs'
import { elapsed, log, main, seconds } from './common/log.mjs'
import { progress } from './quickstart/progress.mjs'
import { buildIndex, format, lookUp } from './quickstart/reverse-dictionary.mjs'

// One gloss in eight, evenly through the four parts of speech; the third of each eight, so that the answers are among them.
const SHARE = 8
const FIRST = 3
const HITS = 3
const DESCRIPTIONS = [
  'an instrument that measures the speed of wind',
  'a tower that shows ships the way at night',
  'a word that can be read in both directions',
  'to travel in the cars of strangers without paying',
  'why the sea rises and falls twice a day',
]

const choose = (entries) => entries.filter((_, i) => i % SHARE === FIRST)

async function answer(retriever, entries, descriptions) {
  for (const description of descriptions) {
    log(`\n"${description}"`)
    log(format(await lookUp(retriever, entries, description, HITS)))
  }
}

async function converse(retriever, entries) {
  const lines = createInterface({ input: process.stdin, output: process.stdout })
  log('\nDescribe a word (an empty line ends).')
  for (;;) {
    const description = (await lines.question('> ').catch(() => '')).trim()
    if (!description) break
    log(format(await lookUp(retriever, entries, description, HITS)))
  }
  lines.close()
}

await main(async () => {
  log(
    'densenode quickstart: a reverse dictionary. It fetches FAISS, ONNX Runtime, OpenBLAS, a small embedding model and WordNet,',
  )
  log(
    'builds the addon (a few minutes the first time), embeds dictionary glosses and finds words by description.\n',
  )
  const { model: modelFolder } = await build()
  log(`Ready (${elapsed()}).\n`)

  const densenode = await import('densenode')
  const { readGlosses } = await import('./quickstart/wordnet.mjs')
  const all = readGlosses()
  const entries = process.argv.includes('--all') ? all : choose(all)
  const size = entries.length === all.length ? 'all' : `every ${SHARE}th (\`-- --all\` takes all)`
  log(
    `WordNet has ${all.length.toLocaleString('en')} glosses; embedding ${size} with all-MiniLM-L6-v2 on the CPU.`,
  )

  const begin = performance.now()
  const model = await densenode.EmbeddingModel.load(modelFolder)
  const bar = progress('glosses', entries.length)
  const index = await buildIndex(densenode, model, entries, bar.update)
  bar.end()
  log(
    `  index: ${index.factory}, cosine, ${index.dimension} dimensions, ${(index.memoryBytes / 1e6).toFixed(1)} MB`,
  )

  const retriever = new densenode.Retriever(model, index)
  await answer(retriever, entries, DESCRIPTIONS)
  log(`\nThe job itself took ${seconds(performance.now() - begin)}.`)
  if (process.stdin.isTTY) await converse(retriever, entries)
  index.dispose()
  model.dispose()
})
