import { Turns } from '#lib/turns'

function workUntilDue(turns: Turns): void {
  while (!turns.due);
}

test('a long loop lets timers through', async () => {
  let ticks = 0
  const ticking = setInterval(() => ticks++, 0)
  const turns = new Turns()
  for (let i = 0; i < 20; i++) {
    workUntilDue(turns)
    await turns.pass()
  }
  clearInterval(ticking)
  expect(ticks).toBeGreaterThan(0)
})

test('a turn ends with the reason of the signal that was aborted meanwhile', async () => {
  const controller = new AbortController()
  const turns = new Turns(controller.signal)
  await turns.pass()
  setImmediate(() => controller.abort(new Error('enough')))
  await expect(turns.pass()).rejects.toThrow('enough')
})
