import { Lifetime, lifetimeOf, Resource } from '#lib/lifetime'

/** Stands for a native object; what is tested is the TypeScript state around it. */
class Native {
  disposals = 0
  dispose() {
    this.disposals++
  }
}

class Thing extends Resource {
  constructor(lifetime: Lifetime<Native>) {
    super(lifetime, 'Thing.make().')
  }
}

function make() {
  const native = new Native()
  const lifetime = new Lifetime('Thing', native)
  return { native, lifetime, thing: new Thing(lifetime) }
}

/** A job that ends when told to. */
function job(lifetime: Lifetime<Native>) {
  let end!: () => void
  let fail!: (error: Error) => void
  lifetime.begin()
  const promise = new Promise<void>((resolve, reject) => {
    end = resolve
    fail = reject
  }).finally(() => lifetime.end())
  return { promise, end, fail }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('open: gives the native object', () => {
  const { native, lifetime, thing } = make()
  expect(lifetime.use('embed')).toBe(native)
  expect(thing.disposed).toBe(false)
  expect(lifetimeOf<Native>(thing)).toBe(lifetime)
})

test('idle: dispose lets go at once, and once', async () => {
  const { native, thing } = make()
  const first = thing.dispose()
  expect(thing.dispose()).toBe(first)
  await first
  await thing.dispose()
  expect(native.disposals).toBe(1)
  expect(thing.disposed).toBe(true)
})

test('busy: dispose waits for every job, failed ones included; new calls are refused at once', async () => {
  const { native, lifetime, thing } = make()
  const first = job(lifetime)
  const second = job(lifetime)
  let disposed = false
  const disposal = thing.dispose().then(() => {
    disposed = true
  })
  expect(thing.disposed).toBe(true)
  expect(() => lifetime.use('embed')).toThrow(TypeError)
  first.end()
  await turn()
  expect(disposed).toBe(false)
  expect(native.disposals).toBe(0)
  second.fail(new Error('job failed'))
  await expect(second.promise).rejects.toThrow('job failed')
  await disposal
  expect(native.disposals).toBe(1)
})

test('closed: a call is a TypeError that names the method', async () => {
  const { lifetime, thing } = make()
  await thing.dispose()
  expect(() => lifetime.use('embed')).toThrow(
    new TypeError('densenode: Thing.embed was called on a disposed Thing.'),
  )
})

test('Symbol.dispose begins, Symbol.asyncDispose waits', async () => {
  const busy = make()
  const running = job(busy.lifetime)
  busy.thing[Symbol.dispose]()
  expect(busy.thing.disposed).toBe(true)
  expect(busy.native.disposals).toBe(0)
  running.end()
  await busy.thing[Symbol.asyncDispose]()
  expect(busy.native.disposals).toBe(1)
})

test('a constructor that is private to TypeScript says how to make one', () => {
  const Public = Thing as unknown as new () => Thing
  expect(() => new Public()).toThrow(
    new TypeError('densenode: Thing has no public constructor. Call Thing.make().'),
  )
})
