import { runScript } from './run-script'

// Ends of the process in the middle of jobs: never a signal (a crash in a destructor, an abort), never a hang.
describe('the process ends in the middle of', () => {
  const ways = [
    ['process.exit', 3],
    ['throw', 1],
  ] as const
  for (const work of ['load', 'embed', 'train', 'search']) {
    for (const [way, code] of ways) {
      for (const wait of [0, 60, 400]) {
        test(`${work}: ${way} after ${wait} ms`, async () => {
          const ended = await runScript('exit.cjs', [way, work, wait])
          expect(ended.signal).toBeNull()
          // A machine fast enough to finish before the timer still ends by it.
          expect(ended.code).toBe(code)
        })
      }
    }
  }

  test.each(['embed', 'search'])('%s: nothing but a return waits for the work', async (work) => {
    const ended = await runScript('exit.cjs', ['return', work])
    expect(ended).toMatchObject({ signal: null, code: 0 })
    expect(ended.stdout).toContain('finished')
  })
})
