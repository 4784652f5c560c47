import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { hostname } from 'node:os'
import * as path from 'node:path'

import { EmbeddingModel, type PullOptions, type PullProgress } from 'densenode'
import { pull } from '#lib/hub/pull-model'

import { scratchFolder } from '../scratch-folder'
import { HubServer, sha256 } from './hub-server'
import { failure, randomVectors, root, TINY } from './support'

const ID = 'tiny/bert-cls'
const LARGE = 'tiny/large'
const PATIENCE = { stall: 300, retries: [10, 10, 10] }
const WEIGHTS = 'model.safetensors'

const scratch = scratchFolder('pull')
/** A fixture as such models lie on a hub, with what other frameworks read. */
const files: Record<string, Buffer> = {
  '.gitattributes': Buffer.from('*.safetensors filter=lfs'),
  'README.md': Buffer.from('# A model'),
  'pytorch_model.bin': Buffer.alloc(120_000, 1),
  'onnx/model.onnx': Buffer.alloc(5_000, 2),
  'onnx/model_quantized.onnx': Buffer.alloc(3_000, 3),
  'onnx/model_quantized.onnx_data': Buffer.alloc(40_000, 4),
  'openvino/openvino_model.bin': Buffer.alloc(9_000, 5),
  'train_script.py': Buffer.from('print()'),
}
for (const entry of readdirSync(TINY, { recursive: true, withFileTypes: true }))
  if (entry.isFile() && !entry.parentPath.includes('reference')) {
    const at = path.join(entry.parentPath, entry.name)
    files[path.relative(TINY, at)] = readFileSync(at)
  }
const NEEDED = [
  '1_Pooling/config.json',
  'config.json',
  'config_sentence_transformers.json',
  'model.safetensors',
  'modules.json',
  'sentence_bert_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
]
/** Two megabytes that nothing compresses. */
const large = Buffer.from(new Uint8Array(randomVectors(500_000, 1).buffer))
const largeFiles = { 'config.json': Buffer.from('{}'), 'tokenizer.json': Buffer.from('{}'), [WEIGHTS]: large }

let hub: HubServer
let commit: string
let cache: string
let count = 0

const variables = [
  'HF_ENDPOINT',
  'HF_TOKEN',
  'HF_TOKEN_PATH',
  'HF_HUB_OFFLINE',
  'HF_HOME',
  'DENSENODE_CACHE',
] as const
const saved = variables.map((name) => [name, process.env[name]] as const)

beforeEach(async () => {
  hub = await HubServer.start()
  commit = hub.commit(ID, { files })
  hub.commit(LARGE, { files: largeFiles })
  cache = path.join(scratch, `cache-${count++}`)
  for (const name of variables) delete process.env[name]
  Object.assign(process.env, {
    HF_ENDPOINT: hub.endpoint,
    HF_HOME: path.join(scratch, 'home'),
    DENSENODE_CACHE: cache,
  })
})
afterEach(() => hub.stop())
afterAll(() => {
  for (const [name, value] of saved)
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
})

const pulled = (id = ID, options?: PullOptions) => pull(id, options, PATIENCE)
const folderOf = (id: string) => path.join(cache, 'models', ...id.split('/'))
const besideModel = (id = ID) => readdirSync(path.dirname(folderOf(id))).sort()
const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort()
/** Where the answers of the download server had to begin. */
const starts = () =>
  hub.requests
    .filter(({ server }) => server === 'download')
    .map(({ range }) => Number(/^bytes=(\d+)-$/.exec(range ?? 'bytes=0-')![1]))
/** The folder holds these files of the hub and its record, nothing else. */
function expectFolder(folder: string, names: string[], of: Record<string, Buffer> = files): void {
  expect(filesIn(folder)).toEqual([...names, 'densenode-pull.json'].sort())
  for (const name of names) expect(sha256(readFileSync(path.join(folder, name)))).toBe(sha256(of[name]))
}

test('what densenode reads arrives, whole, and load finds it by its id', async () => {
  const seen: PullProgress[] = []
  const model = await pulled(ID, { onProgress: (progress) => void seen.push(progress) })
  const bytes = NEEDED.reduce((sum, name) => sum + files[name].length, 0)
  expect(model).toEqual({
    id: ID,
    commit,
    folder: folderOf(ID),
    files: expect.arrayContaining(NEEDED),
    bytes,
    downloadedBytes: bytes,
  })
  expectFolder(model.folder, NEEDED)
  expect(besideModel()).toEqual(['bert-cls'])
  expect(seen.at(-1)).toMatchObject({ bytes, total: bytes })
  const totals = seen.filter(({ total }) => total === bytes).map((each) => each.bytes)
  expect(totals).toEqual([...totals].sort((a, b) => a - b))

  await using loaded = await EmbeddingModel.load(ID, { device: 'cpu', dtype: 'fp32' })
  await using original = await EmbeddingModel.load(TINY, { device: 'cpu', dtype: 'fp32' })
  expect((await loaded.embed('wind')).data).toEqual((await original.embed('wind')).data)
})

test('a second pull checks and downloads nothing; a harmed or missing file is fetched again', async () => {
  await pulled()
  const before = hub.downloads.length
  expect(await pulled()).toMatchObject({ downloadedBytes: 0, commit })
  expect(hub.downloads).toHaveLength(before)

  writeFileSync(path.join(folderOf(ID), 'tokenizer.json'), 'x'.repeat(files['tokenizer.json'].length))
  rmSync(path.join(folderOf(ID), 'config.json'))
  const { downloadedBytes } = await pulled()
  expect(hub.downloads.slice(before).sort()).toEqual(['config.json', 'tokenizer.json'])
  expect(downloadedBytes).toBe(files['tokenizer.json'].length + files['config.json'].length)
  expectFolder(folderOf(ID), NEEDED)
})

test('revisions: a branch, a tag, a commit; the next one takes the place and brings only what differs', async () => {
  const changed = { ...files, 'config_sentence_transformers.json': Buffer.from('{"prompts":{}}') }
  const second = hub.commit(ID, { files: changed }, 'v2')
  await pulled()
  const before = hub.downloads.length
  expect(await pulled(ID, { revision: 'v2' })).toMatchObject({ commit: second, downloadedBytes: 14 })
  expect(hub.downloads.slice(before)).toEqual(['config_sentence_transformers.json'])
  expectFolder(folderOf(ID), NEEDED, changed)
  expect(await pulled(ID, { revision: commit })).toMatchObject({ commit })
  expectFolder(folderOf(ID), NEEDED)
  expect(await failure(() => pulled(ID, { revision: 'v3' }))).toMatchObject({
    code: 'HUB_NOT_FOUND',
    message: expect.stringContaining('no revision "v3"'),
  })
  expectFolder(folderOf(ID), NEEDED)
})

test('an .onnx file, with its data, only where it is asked for; it joins the files of the same commit', async () => {
  const onnx = 'onnx/model_quantized.onnx'
  const model = await pulled(ID, { onnx })
  const exported = [...NEEDED.filter((name) => name !== WEIGHTS), onnx, `${onnx}_data`]
  expectFolder(model.folder, exported)
  await pulled(ID)
  expectFolder(model.folder, [...exported, WEIGHTS])
  expect(await failure(() => pulled(ID, { onnx: 'onnx/none.onnx' }))).toMatchObject({
    code: 'MODEL_UNSUPPORTED',
    message: expect.stringContaining('its .onnx files are onnx/model.onnx, onnx/model_quantized.onnx'),
  })
})

test('a broken connection: the download goes on from the byte where it stopped', async () => {
  hub.fault = ({ path }, times) => (path.endsWith(WEIGHTS) && times <= 2 ? { cutAfter: 700_000 } : undefined)
  const { folder, downloadedBytes } = await pulled(LARGE)
  expectFolder(folder, Object.keys(largeFiles), largeFiles)
  const [first, second, third] = starts()
  expect(first).toBe(0)
  expect(second).toBeGreaterThan(0)
  expect(third).toBeGreaterThan(second)
  expect(downloadedBytes).toBe(large.length + 4)
})

test('a server that ignores the range is read from the start', async () => {
  hub.fault = ({ server }, times) =>
    server === 'download' ? (times === 1 ? { cutAfter: 700_000 } : { ignoreRange: true }) : undefined
  const { folder } = await pulled(LARGE)
  expectFolder(folder, Object.keys(largeFiles), largeFiles)
})

test('a hub that fails for a moment, or falls silent, is asked again', async () => {
  hub.fault = ({ server }, times) =>
    server !== 'download'
      ? undefined
      : times === 1
        ? { status: 503 }
        : times === 2
          ? { silent: true }
          : undefined
  await pulled(LARGE)
  expect(hub.requests.filter(({ server }) => server === 'download')).toHaveLength(3)
})

test('slow answers are no silence', async () => {
  hub.fault = ({ server }) => (server === 'download' ? { delayMs: 10 } : undefined)
  await pulled(LARGE) // 1.2 s in all, the longest silence may be 0.3
  expectFolder(folderOf(LARGE), Object.keys(largeFiles), largeFiles)
})

test('a pull that fails keeps what has arrived, leaves no model, and the next one goes on', async () => {
  hub.fault = ({ server }, times) =>
    server === 'download' ? { cutAfter: times === 1 ? 700_000 : 0 } : undefined
  const error = await failure(() => pulled(LARGE))
  expect(error).toMatchObject({ code: 'HUB_UNREACHABLE' })
  expect(error.message).toMatch(/cannot be reached[\s\S]*goes on from there[\s\S]*EmbeddingModel.load/)
  expect(existsSync(folderOf(LARGE))).toBe(false)
  expect((await failure(() => EmbeddingModel.load(LARGE))).message).toContain(`npx densenode pull ${LARGE}`)
  hub.fault = () => undefined
  hub.requests.length = 0
  await pulled(LARGE)
  expect(hub.downloads).toHaveLength(1)
  expect(starts()[0]).toBeGreaterThan(0)
  expectFolder(folderOf(LARGE), Object.keys(largeFiles), largeFiles)
  expect(besideModel(LARGE)).toEqual(['large'])
})

test('kill -9 in the middle: no model is there, the lock is taken over, the rest is fetched', async () => {
  hub.fault = ({ server }) => (server === 'download' ? { delayMs: 20 } : undefined)
  const child = spawn(process.execPath, [path.join(root, 'dist/cli/main.js'), 'pull', LARGE], {
    env: process.env,
  })
  const part = path.join(
    cache,
    'models',
    'tiny',
    `.large.pulling-${hub.commit(LARGE, { files: largeFiles })}`,
    `${WEIGHTS}.part`,
  )
  while (!existsSync(part) || statSync(part).size < 300_000)
    await new Promise((resolve) => setTimeout(resolve, 10))
  child.kill('SIGKILL')
  await once(child, 'close')
  expect(existsSync(folderOf(LARGE))).toBe(false)
  expect(besideModel(LARGE)).toContain('.large.lock')
  hub.fault = () => undefined
  hub.requests.length = 0
  await pulled(LARGE)
  expect(starts()[0]).toBeGreaterThanOrEqual(300_000)
  expectFolder(folderOf(LARGE), Object.keys(largeFiles), largeFiles)
  expect(besideModel(LARGE)).toEqual(['large'])
})

test('a pull that was killed between its two renames is put right', async () => {
  await pulled()
  const [folder, replaced] = [folderOf(ID), path.join(cache, 'models', 'tiny', '.bert-cls.replaced')]
  renameSync(folder, replaced)
  hub.requests.length = 0
  expect(await pulled()).toMatchObject({ downloadedBytes: 0 })
  expectFolder(folder, NEEDED)
  expect(besideModel()).toEqual(['bert-cls'])
})

test('many at once, in one process and in others: each gets the model, and it is downloaded once', async () => {
  hub.fault = ({ server }) => (server === 'download' ? { delayMs: 2 } : undefined)
  const program = [path.join(root, 'dist/cli/main.js'), 'pull', LARGE]
  const children = [0, 1].map(() => {
    const child = spawn(process.execPath, program, { env: process.env })
    child.stdout.setEncoding('utf8')
    let text = ''
    child.stdout.on('data', (chunk) => (text += chunk))
    return once(child, 'close').then(([code]) => ({ code, text }))
  })
  const models = await Promise.all([pulled(LARGE), pulled(LARGE), pulled(LARGE)])
  for (const { folder } of models) expect(folder).toBe(folderOf(LARGE))
  for (const { code, text } of await Promise.all(children))
    expect({ code, text }).toEqual({ code: 0, text: `${folderOf(LARGE)}\n` })
  expect(hub.requests.filter(({ server }) => server === 'download')).toHaveLength(1)
  expectFolder(folderOf(LARGE), Object.keys(largeFiles), largeFiles)
})

test('a lock of another host is respected while it is touched', async () => {
  await pulled()
  const lock = path.join(cache, 'models', 'tiny', '.bert-cls.lock')
  writeFileSync(lock, JSON.stringify({ host: `not-${hostname()}`, pid: 1, token: 'x' }))
  const beat = setInterval(() => utimesSync(lock, new Date(), new Date()), 50)
  const signal = AbortSignal.timeout(600)
  expect(await failure(() => pulled(ID, { signal }))).toBe(signal.reason)
  clearInterval(beat)
  rmSync(lock)
  await pulled()
})

describe('bytes that are not those of the list', () => {
  test('are fetched once more', async () => {
    hub.fault = ({ path }, times) =>
      path.endsWith('tokenizer.json') && times === 1 ? { wrongBytes: true } : undefined
    await pulled()
    expectFolder(folderOf(ID), NEEDED)
  })

  test.each([WEIGHTS, 'tokenizer.json'])('twice: FILE_CORRUPT, and no model (%s)', async (name) => {
    hub.fault = ({ path, server }) =>
      path.endsWith(`/${name}`) && (server === 'download' || name !== WEIGHTS)
        ? { wrongBytes: true }
        : undefined
    const error = await failure(() => pulled())
    expect(error).toMatchObject({ code: 'FILE_CORRUPT' })
    expect(error.message).toContain(`${ID}: ${name} arrived with other bytes`)
    expect(existsSync(folderOf(ID))).toBe(false)
  })

  test('of an earlier try are dropped', async () => {
    const staging = path.join(cache, 'models', 'tiny', `.bert-cls.pulling-${commit}`)
    mkdirSync(staging, { recursive: true })
    writeFileSync(path.join(staging, `${WEIGHTS}.part`), Buffer.alloc(50_000, 9))
    writeFileSync(path.join(staging, 'config.json'), 'half')
    writeFileSync(path.join(staging, 'tokenizer.json.part'), Buffer.alloc(900_000))
    await pulled()
    expectFolder(folderOf(ID), NEEDED)
  })
})

describe('access', () => {
  test('no such model', async () => {
    const error = await failure(() => pulled('tiny/none'))
    expect(error).toMatchObject({ name: 'DensenodeError', code: 'HUB_NOT_FOUND' })
    expect(error.message).toContain('no model "tiny/none" that everybody may read')
    expect(error.message).toContain('HF_TOKEN')
  })

  test('a private model: with the token of the option, of HF_TOKEN, of the file; no other server sees it', async () => {
    hub.commit('tiny/private', { files, token: 'good-1' })
    expect(await failure(() => pulled('tiny/private'))).toMatchObject({ code: 'HUB_NOT_FOUND' })
    process.env.HF_TOKEN = 'good-2'
    expect((await failure(() => pulled('tiny/private'))).message).toContain('that this token may read')
    await pulled('tiny/private', { token: 'good-1', folder: path.join(scratch, 'private-1') })
    process.env.HF_TOKEN = ' good-1\n'
    await pulled('tiny/private', { folder: path.join(scratch, 'private-2') })
    delete process.env.HF_TOKEN
    process.env.HF_TOKEN_PATH = path.join(scratch, 'token')
    writeFileSync(process.env.HF_TOKEN_PATH, 'good-1\n')
    await pulled('tiny/private', { folder: path.join(scratch, 'private-3') })
    const seen = hub.requests.filter(({ server }) => server === 'download')
    expect(seen.map(({ authorization }) => authorization)).toEqual([undefined, undefined, undefined])
  })

  test('a token that the hub does not know', async () => {
    const error = await failure(() => pulled(ID, { token: 'bad' }))
    expect(error).toMatchObject({ code: 'HUB_ACCESS_DENIED' })
    expect(error.message).toContain('does not accept the token')
  })

  test('a gated model', async () => {
    hub.commit('tiny/gated', { files, gated: true })
    for (const [token, text] of [
      [undefined, 'set HF_TOKEN'],
      ['good', 'an account that was given access'],
    ] as const) {
      const error = await failure(() => pulled('tiny/gated', token === undefined ? {} : { token }))
      expect(error).toMatchObject({ code: 'HUB_ACCESS_DENIED' })
      expect(error.message).toContain('tiny/gated is gated: accept its licence')
      if (token === undefined) expect(error.message).toContain(text)
      expect(error.message).toContain('not in the authorized list')
    }
    await pulled('tiny/gated', { token: 'good-and-accepted' })
  })

  test('a model that was renamed', async () => {
    hub.rename('tiny/old-name', ID)
    expect(await pulled('tiny/old-name')).toMatchObject({ id: ID, folder: folderOf('tiny/old-name') })
    expectFolder(folderOf('tiny/old-name'), NEEDED)
  })
})

test('a hub that is not there', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  process.env.HF_ENDPOINT = `http://127.0.0.1:${port}/`
  const error = await failure(() => pulled())
  expect(error).toMatchObject({ code: 'HUB_UNREACHABLE' })
  expect(error.message).toContain('cannot be reached: fetch failed')
  expect(error.message).toContain('ECONNREFUSED')
})

describe('offline', () => {
  test('a model that was pulled is checked and given; no request is made', async () => {
    await pulled(ID, { revision: 'main' })
    hub.requests.length = 0
    process.env.HF_HUB_OFFLINE = '1'
    expect(await pulled()).toMatchObject({ commit, downloadedBytes: 0, folder: folderOf(ID) })
    expect(await pulled(ID, { revision: commit })).toMatchObject({ commit })
    expect(hub.requests).toEqual([])
  })

  test('otherwise the error says what to do', async () => {
    const refused = async (text: string, options?: PullOptions) => {
      const error = await failure(() => pulled(ID, { offline: true, ...options }))
      expect(error).toMatchObject({ code: 'HUB_UNREACHABLE' })
      expect(error.message).toContain(text)
    }
    await refused('is no pulled model')
    await pulled()
    await refused(`holds revision main (${commit}), not v2`, { revision: 'v2' })
    await refused('does not hold onnx/model.onnx', { onnx: 'onnx/model.onnx' })
    writeFileSync(path.join(folderOf(ID), 'tokenizer.json'), '')
    await refused('tokenizer.json is missing or is not what was pulled')
  })
})

describe('the disk', () => {
  test('is full', async () => {
    const staging = path.join(cache, 'models', 'tiny', `.bert-cls.pulling-${commit}`)
    mkdirSync(staging, { recursive: true })
    symlinkSync('/dev/full', path.join(staging, `${WEIGHTS}.part`)) // gives ENOSPC for every write
    const error = await failure(() => pulled())
    expect(error).toMatchObject({ code: 'FILE_WRITE_FAILED' })
    expect(error.message).toContain('the disk is full (ENOSPC')
  })

  test('takes no folder below a file', async () => {
    const file = path.join(scratch, 'file')
    writeFileSync(file, '')
    const error = await failure(() => pulled(ID, { folder: path.join(file, 'model') }))
    expect(error).toMatchObject({ name: 'DensenodeError', code: 'FILE_WRITE_FAILED' })
  })

  test('has files of the user in the folder: they stay', async () => {
    const folder = path.join(scratch, 'of-the-user')
    mkdirSync(folder)
    writeFileSync(path.join(folder, 'thesis.txt'), 'years')
    const error = await failure(() => pulled(ID, { folder }))
    expect(error).toMatchObject({ code: 'FILE_WRITE_FAILED', message: expect.stringContaining('thesis.txt') })
    expect(readFileSync(path.join(folder, 'thesis.txt'), 'utf8')).toBe('years')
  })
})

test('the caller stops it: by a signal, by an error in onProgress', async () => {
  hub.fault = ({ server }) => (server === 'download' ? { delayMs: 5 } : undefined)
  const controller = new AbortController()
  const reason = new Error('enough')
  const stopped = await failure(() =>
    pulled(LARGE, {
      signal: controller.signal,
      onProgress: ({ file, fileBytes }) => {
        if (file === WEIGHTS && fileBytes > 100_000) controller.abort(reason)
      },
    }),
  )
  expect(stopped).toBe(reason)
  const thrown = await failure(() =>
    pulled(LARGE, {
      onProgress: ({ file, fileBytes }) => {
        if (file === WEIGHTS && fileBytes > 200_000) throw reason
      },
    }),
  )
  expect(thrown).toBe(reason)
  hub.fault = ({ server }) => (server === 'download' ? { status: 503 } : undefined)
  const signal = AbortSignal.timeout(100)
  const waiting = pull(LARGE, { signal }, { stall: 300, retries: [60_000] })
  expect(await failure(() => waiting)).toBe(signal.reason)
  expect(existsSync(folderOf(LARGE))).toBe(false)
  expect(besideModel(LARGE)).not.toContain('.large.lock')
})

test('the command: a line a file on standard error, the folder on standard output; errors', async () => {
  const run = async (...args: string[]) => {
    const child = spawn(process.execPath, [path.join(root, 'dist/cli/main.js'), 'pull', ...args], {
      env: process.env,
    })
    let [out, err] = ['', '']
    child.stdout.on('data', (chunk) => (out += chunk))
    child.stderr.on('data', (chunk) => (err += chunk))
    const [code] = await once(child, 'close')
    return { code, out, err }
  }
  const first = await run(ID)
  expect(first).toMatchObject({ code: 0, out: `${folderOf(ID)}\n` })
  for (const name of NEEDED)
    expect(first.err.split('\n').filter((line) => line.startsWith(`${name}  `))).toHaveLength(1)
  expect(first.err).toMatch(
    new RegExp(`^${ID} at ${commit.slice(0, 12)}: 8 files, 1\\d\\d kB; 1\\d\\d kB in `, 'm'),
  )
  expect((await run(ID)).err).toContain('all was there')
  expect(await run('tiny/none')).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringMatching(/^densenode: the hub has no model/),
  })
  expect(await run()).toMatchObject({ code: 2, err: expect.stringContaining('Usage: densenode pull') })
})

test('misuse', async () => {
  for (const id of ['', '../x', 'a/b/c', 'a b', '.x/y'])
    expect(await failure(() => pulled(id))).toBeInstanceOf(RangeError)
  expect(await failure(() => pulled(5 as never))).toBeInstanceOf(TypeError)
  expect((await failure(() => pulled(ID, { revison: 'x' } as never))).message).toContain(
    'Did you mean "revision"?',
  )
  expect((await failure(() => pulled(ID, { revision: '' }))).message).toContain('option "revision"')
  expect(hub.requests).toEqual([])
})
