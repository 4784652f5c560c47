import { writeFileSync } from 'node:fs'

import { finish, readJson, task, timed, warmUpTexts } from '../../harness/trial.mjs'

process.env.DENSENODE_THREADS = String(task.threads)
const { densenode, versions } = await import('./package.mjs')

const texts = readJson(task.texts)
const [loadSeconds, tokenizer] = await timed(() => densenode.Tokenizer.load(task.model))
await tokenizer.encodeBatch(warmUpTexts(texts), { maxTokens: 0 })
const [seconds, { ids }, cpuSeconds] = await timed(() => tokenizer.encodeBatch(texts, { maxTokens: 0 }))
writeFileSync(task.out, ids)
finish({ seconds, cpuSeconds, loadSeconds, versions: versions() })
await tokenizer.dispose()
