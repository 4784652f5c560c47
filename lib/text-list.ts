import { setImmediate } from 'node:timers/promises'

import type { Abort } from './abort'
import { SLICE_CHARACTERS, SLICE_TEXTS } from './defaults'
import { wrongType } from './errors'
import { type Binding, native } from './native'

/**
 * One text or an array of texts, as it is at the call: what the caller does with the array while the call waits
 * must not change how many texts there are. What the elements are is checked as they are copied.
 */
export function texts(value: string | readonly string[]): readonly string[] {
  if (typeof value === 'string') return [value]
  if (!Array.isArray(value)) throw wrongType('texts', 'a string or an array of strings', value)
  return [...value]
}

/**
 * Copies texts into native memory, in slices of about a millisecond with a turn of the event loop between
 * them, so that a million texts do not hold up timers and sockets. Throws TypeError for the first element
 * that is not a string, before any of the texts is worked on.
 */
export async function textList(texts: readonly string[], abort: Abort): Promise<Binding.TextList> {
  const list = new (native().TextList)()
  for (let begin = 0; begin < texts.length; ) {
    if (begin > 0) await setImmediate()
    abort.throwIfStopped()
    begin = appendSlice(list, texts, begin)
  }
  return list
}

/** The same at once. */
export function textListSync(texts: readonly string[]): Binding.TextList {
  const list = new (native().TextList)()
  for (let begin = 0; begin < texts.length; ) begin = appendSlice(list, texts, begin)
  return list
}

/** Copies the slice from `begin` and returns its end. */
function appendSlice(list: Binding.TextList, texts: readonly string[], begin: number): number {
  const end = sliceEnd(texts, begin, texts.length)
  list.append(texts, begin, end)
  return end
}

/** End of the slice from `begin`: so many texts, or so many characters, but at least one text. */
export function sliceEnd(texts: readonly string[], begin: number, count: number): number {
  let characters = 0
  let end = begin
  for (
    ;
    end < count && end - begin < SLICE_TEXTS && (end === begin || characters < SLICE_CHARACTERS);
    end++
  ) {
    const text: unknown = texts[end]
    if (typeof text !== 'string') throw wrongType(`texts[${end}]`, 'a string', text)
    characters += text.length
  }
  return end
}
