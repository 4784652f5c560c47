// A trial of one of the Node packages of the official tokenizers. Reading the ids is not timed.
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

import { finish, installFolder, readJson, task, timed, warmUpTexts } from './trial.mjs'

export async function runTrial(packageName) {
  process.env.RAYON_NUM_THREADS = String(task.threads)
  const require = createRequire(path.join(installFolder, 'package.json'))
  const { Tokenizer } = require(packageName)
  const texts = readJson(task.texts)
  const [loadSeconds, tokenizer] = await timed(() =>
    Tokenizer.fromFile(path.join(task.model, 'tokenizer.json')),
  )
  tokenizer.disablePadding()
  tokenizer.disableTruncation()
  await tokenizer.encodeBatch(warmUpTexts(texts))
  const [seconds, encodings, cpuSeconds] = await timed(() => tokenizer.encodeBatch(texts))
  writeFileSync(task.out, Int32Array.from(encodings.flatMap((encoding) => encoding.getIds())))
  const { version } = require(`${packageName}/package.json`)
  finish({ seconds, cpuSeconds, loadSeconds, versions: { node: process.version, [packageName]: version } })
}
