import { promptText } from '#lib/prompts'

const e5 = { prompts: { query: 'query: ', passage: 'passage: ' }, defaultPrompt: null }
const none = { prompts: {}, defaultPrompt: null }

test('a name is looked up in the model', () => {
  expect(promptText(e5, { prompt: 'passage' })).toBe('passage: ')
})

test('an unknown name lists the known ones', () => {
  expect(() => promptText(e5, { prompt: 'document' })).toThrow(
    new RangeError(
      'densenode: option "prompt": expected one of the model\'s prompts, "query", "passage", got "document". ' +
        'Give the text itself with "promptText".',
    ),
  )
  expect(() => promptText(none, { prompt: 'query' })).toThrow('this model defines no prompts')
  expect(() => promptText(e5, { prompt: 'toString' })).toThrow(RangeError)
  expect(() => promptText(e5, { prompt: 5 as never })).toThrow(TypeError)
})

test('promptText wins, the empty one too', () => {
  expect(promptText(e5, { prompt: 'query', promptText: 'search: ' })).toBe('search: ')
  expect(promptText({ ...e5, defaultPrompt: 'query' }, { promptText: '' })).toBe('')
})

test('without either: the fallback where the model has it, else its default, else nothing', () => {
  const withDefault = { ...e5, defaultPrompt: 'passage' }
  expect(promptText(withDefault, {})).toBe('passage: ')
  expect(promptText(withDefault, {}, 'query')).toBe('query: ')
  expect(promptText({ prompts: { a: 'A ' }, defaultPrompt: 'a' }, {}, 'query')).toBe('A ')
  expect(promptText(e5, {})).toBe('')
  expect(promptText(none, {}, 'query')).toBe('')
})
