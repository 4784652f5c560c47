// The short set: one trial of every workload, with every peer that is installed. Arguments go to each.
import { spawnSync } from 'node:child_process'
import path from 'node:path'

for (const workload of ['embed', 'tokenizer', 'search', 'event-loop']) {
  const file = path.join(import.meta.dirname, `${workload}.mjs`)
  const { status } = spawnSync(process.execPath, [file, '--trials', '1', ...process.argv.slice(2)], {
    stdio: 'inherit',
  })
  if (status !== 0) process.exitCode = 1
}
