import { runScript } from './run-script'

const ROUNDS = 50
/** Of all-MiniLM-L6-v2 in bf16. */
const WEIGHTS = 45 * 2 ** 20

/** Resident memory of early and of late rounds. */
async function residentMemory(dtype: string) {
  const ended = await runScript('memory-rounds.cjs', [ROUNDS, dtype], 300_000)
  expect(ended).toMatchObject({ signal: null, code: 0 })
  const resident = JSON.parse(ended.stdout) as number[]
  // The lowest of several rounds: what is free but not given back yet at the moment of reading comes and goes. The
  // first rounds fill the caches of V8 and ONNX Runtime.
  return { before: Math.min(...resident.slice(5, 20)), after: Math.min(...resident.slice(-15)) }
}

test('50 rounds of load, embed, search and dispose grow resident memory by less than 2 %', async () => {
  const { before, after } = await residentMemory('fp32')
  expect((after - before) / before).toBeLessThan(0.02)
}, 320_000)

// In bf16, where the machine has it, the process is so small that blocks which malloc gives back late weigh as much as
// half a model: 30 rounds must not keep as much as one.
test('50 rounds with the type that "auto" takes keep less than one model', async () => {
  const { before, after } = await residentMemory('auto')
  expect(after - before).toBeLessThan(WEIGHTS)
}, 320_000)
