import { runScript } from './run-script'

test.each([
  ['fatbin', 'libraries keep the device code of one architecture, and nothing moves'],
  ['half', 'weights are rounded to fp16, ties to even'],
  ['pieces', 'a bundle in pieces is unpacked, and damage is noticed'],
  ['benchmarks', 'the benchmarks load where no package is installed'],
])('%s: %s', async (name) => {
  const { code, stdout } = await runScript('gpu-bundle.mjs', [name])
  expect(stdout).toBe('')
  expect(code).toBe(0)
})
