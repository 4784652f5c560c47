import { runScript } from './run-script'

test('50 rounds of load, embed, search and dispose grow resident memory by less than 2 %', async () => {
  const ended = await runScript('memory-rounds.cjs', [50], 300_000)
  expect(ended).toMatchObject({ signal: null, code: 0 })
  const resident = JSON.parse(ended.stdout) as number[]
  // The lowest of several rounds: what is free but not given back yet at the moment of reading comes and goes. The
  // first rounds fill the caches of V8 and ONNX Runtime.
  const before = Math.min(...resident.slice(5, 20))
  const after = Math.min(...resident.slice(-15))
  expect((after - before) / before).toBeLessThan(0.02)
}, 320_000)
