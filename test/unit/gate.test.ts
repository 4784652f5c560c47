import { Abort } from '#lib/abort'
import { Gate } from '#lib/gate'

async function pass<T>(gate: Gate, body: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  await gate.enter(new Abort(signal))
  try {
    return await body()
  } finally {
    gate.leave()
  }
}

/** Calls that wait inside the gate until they are let go. */
function callsThrough(gate: Gate) {
  const inside: string[] = []
  const release: Record<string, () => void> = {}
  const call = (name: string, signal?: AbortSignal) =>
    pass(
      gate,
      async () => {
        inside.push(name)
        await new Promise<void>((resolve) => {
          release[name] = resolve
        })
        return name
      },
      signal,
    )
  return { inside, release, call }
}

test('so many are inside at once, the others wait in their order', async () => {
  const { inside, release, call } = callsThrough(new Gate(2))
  const calls = ['a', 'b', 'c', 'd'].map((name) => call(name))
  await Promise.resolve()
  expect(inside).toEqual(['a', 'b'])
  release.b!()
  expect(await calls[1]).toBe('b')
  expect(inside).toEqual(['a', 'b', 'c'])
  release.a!()
  release.c!()
  await Promise.all([calls[0], calls[2]])
  release.d!()
  expect(await calls[3]).toBe('d')
  expect(inside).toEqual(['a', 'b', 'c', 'd'])
})

test('who is stopped while it waits leaves at once, and its place is free', async () => {
  const { inside, release, call } = callsThrough(new Gate(1))
  const controller = new AbortController()
  const first = call('first')
  const stopped = call('stopped', controller.signal)
  const last = call('last')
  controller.abort(new Error('not needed'))
  await expect(stopped).rejects.toThrow('not needed')
  expect(inside).toEqual(['first'])
  release.first!()
  await first
  release.last!()
  expect(await last).toBe('last')
})

test('a call that fails leaves its place to the next', async () => {
  const gate = new Gate(1)
  const failing = pass(gate, () => Promise.reject(new Error('engine')))
  const next = pass(gate, () => Promise.resolve('next'))
  await expect(failing).rejects.toThrow('engine')
  expect(await next).toBe('next')
  expect(await pass(gate, () => Promise.resolve('later'))).toBe('later')
})
