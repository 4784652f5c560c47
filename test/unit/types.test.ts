import { spawnSync } from 'node:child_process'
import * as path from 'node:path'

const root = path.resolve(__dirname, '../../..')

test('the public types hold in ES modules and CommonJS (test/types)', () => {
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const child = spawnSync(process.execPath, [tsc, '-p', path.join(root, 'test', 'types')], {
    encoding: 'utf8',
  })
  expect(child.stdout + child.stderr).toBe('')
  expect(child.status).toBe(0)
})
