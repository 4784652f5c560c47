import { sample, seededRandom } from '#lib/random'

test('the same seed gives the same numbers, also above 32 bits', () => {
  const draw = (seed: number) => Array.from({ length: 5 }, seededRandom(seed))
  expect(draw(7)).toEqual(draw(7))
  expect(draw(7)).not.toEqual(draw(8))
  expect(draw(7 + 2 ** 40)).not.toEqual(draw(7))
  for (const value of draw(0)) expect(value >= 0 && value < 1).toBe(true)
})

test('a sample has different integers, ascending, each as often as the others', () => {
  const random = seededRandom(3)
  const counts = new Array<number>(6).fill(0)
  for (let round = 0; round < 6000; round++) {
    const chosen = sample(random, 6, 2)
    expect(chosen[0]).toBeLessThan(chosen[1])
    for (const integer of chosen) counts[integer]++
  }
  // 2,000 each; the standard deviation is 37.
  for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(200)
  expect(sample(random, 3, 3)).toEqual([0, 1, 2])
  expect(sample(random, 5, 0)).toEqual([])
})
