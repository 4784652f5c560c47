import type { EmbeddingModel } from '../embedding-model'
import type { Embeddings } from '../embeddings'
import { chosenPromptOptions } from '../prompts'
import { note } from './command'

const INTERVAL_MS = 5_000

/** Embeds with the modules and the prompt that the model has for the task, and tells how far it is. */
export function embedTexts(
  model: EmbeddingModel,
  texts: readonly string[],
  what: string,
  of: 'query' | 'document',
): Promise<Embeddings> {
  let next = performance.now() + INTERVAL_MS
  return model.embed(texts, {
    ...chosenPromptOptions(model, {}, of),
    onProgress(done, total) {
      if (performance.now() < next) return
      next = performance.now() + INTERVAL_MS
      note(`${done} of ${total} ${what}`)
    },
  })
}
