// Embeds the lines of a file (or standard input) with bounded memory and writes raw float32 rows. Run from a clone:
//   node examples/stream.mjs texts.txt embeddings.f32 [model folder]

import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { EmbeddingModel } from 'densenode'

const [input, output, folder = 'all-MiniLM-L6-v2'] = process.argv.slice(2)
const model = await EmbeddingModel.load(folder)
const lines = createInterface({ input: input && input !== '-' ? createReadStream(input) : process.stdin })
const out = output ? createWriteStream(output) : null

let texts = 0
for await (const batch of model.embedStream(lines)) {
  texts += batch.count
  const bytes = Buffer.from(batch.data.buffer, batch.data.byteOffset, batch.data.byteLength)
  if (out && !out.write(bytes)) await once(out, 'drain')
}
out?.end()
console.log(`${texts} texts, ${model.dimension} dimensions each`)
await model.dispose()
