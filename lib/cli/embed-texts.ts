import type { EmbeddingModel } from '../embedding-model'
import type { Embeddings } from '../embeddings'
import { note } from './command'

const INTERVAL_MS = 5_000

/** Embeds with the prompt where the model has it, and tells how far it is. */
export function embedTexts(
  model: EmbeddingModel,
  texts: readonly string[],
  what: string,
  prompt: 'query' | 'passage',
): Promise<Embeddings> {
  let next = performance.now() + INTERVAL_MS
  return model.embed(texts, {
    ...(Object.hasOwn(model.prompts, prompt) && { prompt }),
    onProgress(done, total) {
      if (performance.now() < next) return
      next = performance.now() + INTERVAL_MS
      note(`${done} of ${total} ${what}`)
    },
  })
}
