/** Mulberry32: numbers from 0 up to 1, the same for the same seed. For sampling, not for secrets. */
export function seededRandom(seed: number): () => number {
  let state = (seed ^ Math.floor(seed / 2 ** 32)) >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** `count` different integers from 0 to `below` - 1, ascending. */
export function sample(random: () => number, below: number, count: number): number[] {
  // Floyd's: one draw for each of the last `count` integers, replaced by the integer itself if it was drawn before.
  const chosen = new Set<number>()
  for (let last = below - count; last < below; last++) {
    const drawn = Math.floor(random() * (last + 1))
    chosen.add(chosen.has(drawn) ? last : drawn)
  }
  return [...chosen].sort((a, b) => a - b)
}
