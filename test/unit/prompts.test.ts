import { chooseTask, chooseTaskAndPrompt, chosenPromptOptions, promptText } from '#lib/prompts'

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

test('a task chooses the prompt, and hides the default one as in sentence-transformers', () => {
  expect(promptText(e5, { task: 'query' })).toBe('query: ')
  expect(promptText(e5, { task: 'document' })).toBe('passage: ')
  const both = { prompts: { corpus: 'C ', document: 'D ', passage: 'P ' }, defaultPrompt: 'corpus' }
  expect(promptText(both, { task: 'document' })).toBe('D ')
  expect(promptText({ ...both, prompts: { corpus: 'C ' } }, { task: 'document' })).toBe('C ')
  expect(promptText(both, { task: 'query' })).toBe('')
  expect(promptText(both, { task: 'own' })).toBe('C ')
  expect(promptText(e5, { task: 'query', prompt: 'passage' })).toBe('passage: ')
  expect(promptText(e5, { task: 'query', promptText: '' })).toBe('')
  expect(promptText(none, { task: 'query' })).toBe('')
})

describe('tasks', () => {
  const plain = { tasks: [], needsTask: false }
  const routed = { tasks: ['doc', 'query'], needsTask: false }

  test('any model takes query and document; it is told one only where it has routes', () => {
    expect(chooseTask(plain, { task: 'query' })).toBe('query')
    expect(chooseTask(plain, {})).toBe('')
    expect(chooseTask(plain, {}, 'query')).toBe('')
    expect(chooseTask(routed, {}, 'query')).toBe('query')
    expect(chooseTask(routed, {}, 'document')).toBe('')
    expect(chooseTask(routed, { task: 'doc' }, 'query')).toBe('doc')
  })

  test('others are refused with those there are', () => {
    expect(() => chooseTask(plain, { task: 'answer' })).toThrow(
      new RangeError('densenode: option "task": expected one of "query", "document", got "answer".'),
    )
    expect(() => chooseTask(routed, { task: 'document' })).toThrow('expected one of "doc", "query"')
    expect(() => chooseTask(plain, { task: 5 as never })).toThrow(TypeError)
    expect(() => chooseTask({ ...routed, needsTask: true }, {})).toThrow(
      new TypeError('densenode: option "task": expected one of "doc", "query", got undefined.'),
    )
  })
  test('with the prompt, for native code and as options', () => {
    expect(chooseTaskAndPrompt({ ...e5, ...routed }, {}, 'query')).toEqual({
      task: 'query',
      prompt: 'query: ',
    })
    expect(chosenPromptOptions({ ...e5, ...routed }, {}, 'query')).toEqual({
      task: 'query',
      promptText: 'query: ',
    })
    expect(chosenPromptOptions({ ...e5, ...plain }, { prompt: 'passage' })).toEqual({
      promptText: 'passage: ',
    })
  })
})
