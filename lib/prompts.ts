import { string } from './checks'
import { misuseMessage } from './errors'

export interface PromptOptions {
  /**
   * Name of a prompt of the model (`model.prompts`), put before every text: `'query'` and `'passage'` in most
   * models that have any. Default: the model's default prompt, where it has one.
   */
  prompt?: string
  /**
   * The text itself to put before every text; wins over `prompt`. The empty string turns the model's default
   * off.
   */
  promptText?: string
}

/** What models say about prompts. */
export interface PromptSource {
  readonly prompts: Readonly<Record<string, string>>
  readonly defaultPrompt: string | null
}

/**
 * The text to put before every text. `fallback` names the prompt taken when none is asked for and the model
 * has it.
 */
export function promptText(model: PromptSource, options: PromptOptions, fallback?: string): string {
  const { prompt, promptText } = options
  if (prompt !== undefined) string('prompt', prompt)
  if (promptText !== undefined) return string('promptText', promptText)
  if (prompt !== undefined) return knownPrompt(model, prompt)
  for (const name of [fallback, model.defaultPrompt])
    if (name !== undefined && name !== null && Object.hasOwn(model.prompts, name)) return model.prompts[name]!
  return ''
}

function knownPrompt(model: PromptSource, name: string): string {
  if (Object.hasOwn(model.prompts, name)) return model.prompts[name]!
  const known = Object.keys(model.prompts)
  const expected =
    known.length > 0
      ? `one of the model's prompts, ${known.map((each) => JSON.stringify(each)).join(', ')}`
      : 'no name, as this model defines no prompts'
  throw new RangeError(
    misuseMessage('prompt', expected, JSON.stringify(name), 'Give the text itself with "promptText".'),
  )
}
