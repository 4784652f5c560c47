// The peers of one workload, asked together or in turns. The record says what failed; a peer that has ended is left out from
// there on.
import { openPeer } from './session.mjs'

/** Of the time left, for one answer of another peer than densenode: a slow one must not take all of it. */
const SHARE = 0.6

export function openPeers(names, workload, record) {
  const open = new Map(names.map((name) => [name, openPeer(name, workload)]))

  async function ask(name, request) {
    try {
      const seconds = record.secondsLeft() * (name === 'densenode' ? 1 : SHARE)
      return await open.get(name).ask(request, Math.max(1, seconds))
    } catch (error) {
      record.data.problems.push({ peer: name, request: request.do, problem: error.message })
      record.save()
      if (error.answered) return undefined
      const peer = open.get(name)
      open.delete(name)
      await peer.close()
      return undefined
    }
  }
  return {
    names: () => [...open.keys()],
    has: (name) => open.has(name),
    /** The answer of one peer; undefined if it has none. */
    ask: async (name, request) => (open.has(name) ? ask(name, request) : undefined),
    /** All at once, for what is not timed: { name: answer }. */
    askAll: async (request) =>
      Object.fromEntries(
        await Promise.all([...open.keys()].map(async (name) => [name, await ask(name, request)])),
      ),
    /** One after the other, beginning with another one in each round. */
    inTurns: async (round, each) => {
      const order = [...open.keys()]
      for (let i = 0; i < order.length; i++) await each(order[(i + round) % order.length])
    },
    close: () => Promise.all([...open.values()].map((peer) => peer.close())),
  }
}
