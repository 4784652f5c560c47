import { runScript } from './run-script'

test('on two threads, changes that wait leave one to searches, keep their order and can be stopped', async () => {
  const { code, stdout, stderr } = await runScript('waiting-changes.cjs', [])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(JSON.parse(stdout)).toEqual({
    threads: 2,
    ends: ['searches', 'add: not needed', 'upgrade: AbortError', 'add', 'remove', 'dispose'],
  })
})
