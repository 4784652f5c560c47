// npm run gpu-check: on a machine with a GPU, the tests that need one, compute-sanitizer and the GPU benchmarks, one table at the end.
//   npm run gpu-check                          builds the CUDA addon for this machine's GPUs, then checks it
//   npm run gpu-check -- --bundle              packs everything for a machine without network, Node or compiler (CONTRIBUTING.md)
//     [--piece-mb 60] [--architecture 90]
// For the check: [--out folder] [--seconds 560] [--only native,jest,sanitizer,bench]
//     [--workloads embed,query-latency,search] [--device cuda] [--small]
import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { main } from './common/log.mjs'
import { inRoot } from './common/paths.mjs'

const { values } = parseArgs({
  options: {
    bundle: { type: 'boolean', default: false },
    'piece-mb': { type: 'string', default: '60' },
    architecture: { type: 'string', default: '90' },
    out: { type: 'string', default: inRoot('build', 'gpu-check') },
    seconds: { type: 'string', default: '560' },
    only: { type: 'string', default: 'native,jest,sanitizer,bench' },
    workloads: { type: 'string' },
    device: { type: 'string', default: 'cuda' },
    small: { type: 'boolean', default: false },
  },
})

await main(async () => {
  if (values.bundle) {
    const { makeBundle } = await import('./gpu-check/bundle.mjs')
    await makeBundle({ architecture: values.architecture, pieceBytes: Number(values['piece-mb']) * 1e6 })
    return
  }
  // In an unpacked bundle everything is built, and nothing that builds is there.
  if (!existsSync(inRoot('bundle.json'))) {
    const { prepare } = await import('./gpu-check/prepare.mjs')
    await prepare()
  }
  const { check } = await import('./gpu-check/check.mjs')
  const { out, seconds, only, workloads, device, small } = values
  const failed = await check({
    out,
    seconds: Number(seconds),
    only: only.split(','),
    workloads,
    device,
    small,
  })
  if (failed) process.exitCode = 1
})
