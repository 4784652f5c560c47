import { string } from './checks'
import { misuseMessage } from './errors'

/** What texts are: `'query'`, `'document'`, or another task of the model (`model.tasks`). */
export type Task = 'query' | 'document' | (string & {})

export interface PromptOptions {
  /**
   * Name of a prompt of the model (`model.prompts`), put before every text: `'query'` and `'passage'` in most
   * models that have any. Default: that of the task, where one is given, else the model's default prompt.
   */
  prompt?: string
  /**
   * The text itself to put before every text; wins over `prompt`. The empty string turns the model's default
   * off.
   */
  promptText?: string
  /**
   * What the texts are, as encode_query and encode_document of sentence-transformers say it. A model whose
   * modules differ by task (`model.tasks`) takes those of this one. Where no prompt is given, it is that of
   * the name `'query'` for queries, and for documents the first there is of `'document'`, `'passage'` and
   * `'corpus'`, or none. Default: no task.
   */
  task?: Task
}

/** What models say about prompts. */
export interface PromptSource {
  readonly prompts: Readonly<Record<string, string>>
  readonly defaultPrompt: string | null
}

/** What models say about tasks. */
export interface TaskSource {
  readonly tasks: readonly string[]
  readonly needsTask: boolean
}

const PROMPTS_OF_TASKS: Readonly<Record<string, readonly string[]>> = {
  query: ['query'],
  document: ['document', 'passage', 'corpus'],
}

/**
 * The text to put before every text. `fallback` is the task whose prompt is taken when neither prompt nor
 * task is asked for and the model has it.
 */
export function promptText(model: PromptSource, options: PromptOptions, fallback?: Task): string {
  const { prompt, promptText, task } = options
  if (prompt !== undefined) string('prompt', prompt)
  if (promptText !== undefined) return string('promptText', promptText)
  if (prompt !== undefined) return knownPrompt(model, prompt)
  const ofTask = promptOf(model, task ?? fallback)
  if (ofTask !== undefined) return ofTask
  // As in sentence-transformers, queries and documents do not get the default prompt.
  if (task !== undefined && Object.hasOwn(PROMPTS_OF_TASKS, task)) return ''
  return model.defaultPrompt === null ? '' : (model.prompts[model.defaultPrompt] ?? '')
}

/** The task to tell the model, or ''. `fallback` is taken when none is asked for and the model has it. */
export function chooseTask(model: TaskSource, options: PromptOptions, fallback?: Task): string {
  const { tasks, needsTask } = model
  const { task = fallback !== undefined && tasks.includes(fallback) ? fallback : undefined } = options
  const known = tasks.length > 0 ? tasks : Object.keys(PROMPTS_OF_TASKS)
  const expected = `one of ${known.map((each) => JSON.stringify(each)).join(', ')}`
  if (task === undefined) {
    if (needsTask) throw new TypeError(misuseMessage('task', expected, 'undefined'))
    return ''
  }
  if (!known.includes(string('task', task)))
    throw new RangeError(misuseMessage('task', expected, JSON.stringify(task)))
  return task
}

/** Both for one call. */
export function chooseTaskAndPrompt(
  model: PromptSource & TaskSource,
  options: PromptOptions,
  fallback?: Task,
): { task: Task; prompt: string } {
  return { task: chooseTask(model, options, fallback), prompt: promptText(model, options, fallback) }
}

/** What was chosen, as options of EmbeddingModel.embed. */
export function asPromptOptions({ task, prompt }: { task: Task; prompt: string }): PromptOptions {
  return { promptText: prompt, ...(task !== '' && { task }) }
}

/** Both for one call, as options of EmbeddingModel.embed. */
export function chosenPromptOptions(...call: Parameters<typeof chooseTaskAndPrompt>): PromptOptions {
  return asPromptOptions(chooseTaskAndPrompt(...call))
}

function promptOf(model: PromptSource, task: Task | undefined): string | undefined {
  if (task === undefined || !Object.hasOwn(PROMPTS_OF_TASKS, task)) return undefined
  const name = PROMPTS_OF_TASKS[task]!.find((each) => Object.hasOwn(model.prompts, each))
  return name === undefined ? undefined : model.prompts[name]
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
