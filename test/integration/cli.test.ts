import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import * as path from 'node:path'

import { UsageError } from '#lib/cli/command'
import { compareIndexesCommand } from '#lib/cli/compare-indexes'
import { evaluateCommand } from '#lib/cli/evaluate'
import { readVectorFile } from '#lib/cli/vector-file'

import { failure, randomVectors, root, TINY } from './support'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'densenode-cli-'))
  write(
    'documents.jsonl',
    '{"text":"the cat sleeps"}\n{"text":"interest rates rose"}\n{"id":"w","text":"wind"}',
  )
  write('questions.jsonl', '{"text":"sleeps","relevant":["0"]}\n{"text":"wind","relevant":{"w":2}}')
})
afterAll(() => rmSync(folder, { recursive: true }))

const at = (name: string) => path.join(folder, name)
const write = (name: string, content: string | Uint8Array) => writeFileSync(at(name), content)

function densenode(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { bin } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { bin: string }
  return spawnSync(process.execPath, [path.join(root, bin), ...args], { encoding: 'utf8' })
}

test('help, version, info', () => {
  expect(densenode()).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('Usage: densenode <command>'),
  })
  expect(densenode('evaluate', '--help').stdout).toContain('--beir FOLDER')
  expect(densenode('--version').stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  expect(JSON.parse(densenode('info').stdout)).toHaveProperty('cpu')
})

const DATA = () => ['--documents', at('documents.jsonl'), '--questions', at('questions.jsonl')]

test('evaluate: a table of each search', () => {
  const { status, stdout } = densenode('evaluate', ...DATA(), '--model', TINY, '--bm25', '--hybrid')
  expect(status).toBe(0)
  const lines = stdout.split('\n')
  expect(lines[0]).toMatch(/^search +ndcg@10 +mrr@10 .* p99 ms +queries\/s$/)
  expect(lines.slice(2, 6).map((line) => line.split('  ')[0])).toEqual([
    'dense',
    'bm25',
    'hybrid rrf',
    'hybrid weighted',
  ])
  expect(lines[3]).toMatch(/^bm25 +1\.0000 +1\.0000/)
})

test('evaluate: JSON', () => {
  const { stdout } = densenode('evaluate', ...DATA(), '--bm25', '--json', '--metrics', 'recall@2, mrr')
  expect(JSON.parse(stdout)).toEqual({
    bm25: expect.objectContaining({ metrics: { 'recall@2': 1, mrr: 1 }, missing: 0, k: 100, batchSize: 1 }),
  })
})

/** A file as numpy.save writes it. */
function npy(values: Float32Array, shape: string, kind = '<f4'): Uint8Array {
  const header = `{'descr': '${kind}', 'fortran_order': False, 'shape': ${shape}, }\n`
  const start = Buffer.from(`\x93NUMPY\x01\x00\x00\x00`, 'latin1')
  start.writeUInt16LE(header.length, 8)
  return Buffer.concat([start, Buffer.from(header), Buffer.from(values.buffer)])
}

test('compare-indexes: .npy and raw files, table, JSON and chart', () => {
  write('base.npy', npy(randomVectors(500, 8, 1), '(500, 8)'))
  write('queries.f32', new Uint8Array(randomVectors(20, 8, 2).buffer))
  const files = ['--vectors', at('base.npy'), '--queries', at('queries.f32'), '--dimension', '8']
  const indexes = ['--index', 'Flat', '--index', 'IVF4,Flat nprobe=1', '--index', 'IVF4,Flat nprobe=4']
  const table = densenode('compare-indexes', ...files, ...indexes, '--svg', at('chart.svg'), '--metric', 'l2')
  expect(table.status).toBe(0)
  expect(table.stdout).toMatch(/recall@10 against exact/)
  expect(table.stdout).toMatch(/^IVF4,Flat +nprobe 4 +1\.0000/m)
  expect(readFileSync(at('chart.svg'), 'utf8')).toMatch(/^<svg/)
  const json = JSON.parse(densenode('compare-indexes', ...files, ...indexes, '--json', '--k', '3').stdout)
  expect(json).toMatchObject({ count: 500, dimension: 8, k: 3, metric: 'cosine', queries: 20, failures: [] })
  expect(json.rows).toHaveLength(3)
})

test('errors: the message and, for a wrong command line, the usage; status 1 and 2', () => {
  const unknown = densenode('nope')
  expect(unknown).toMatchObject({ status: 2, stdout: '' })
  expect(unknown.stderr).toContain('densenode: unknown command "nope"\n\nUsage: densenode <command>')
  const option = densenode('evaluate', '--bogus')
  expect(option).toMatchObject({ status: 2, stdout: '' })
  expect(option.stderr).toMatch(/^densenode: Unknown option '--bogus'[\s\S]*Usage: densenode evaluate/)
  const failed = densenode('evaluate', '--beir', 'no/such', '--bm25')
  expect(failed).toMatchObject({
    status: 1,
    stdout: '',
    stderr: 'densenode: no/such/corpus.jsonl: no such file\n',
  })
})

test.each([
  [evaluateCommand, ['--bm25'], 'expected one data set'],
  [evaluateCommand, ['--bm25', '--beir', 'x', '--squad', 'y'], 'expected one data set'],
  [evaluateCommand, ['--bm25', '--documents', 'x'], '--documents and --questions go together'],
  [evaluateCommand, ['--bm25', '--squad', 'x', '--split', 'y'], '--split goes with --beir'],
  [evaluateCommand, ['--beir', 'x'], 'expected --model, --bm25 or both'],
  [evaluateCommand, ['--beir', 'x', '--bm25', '--hybrid'], '--hybrid needs --model'],
  [evaluateCommand, ['--squad', 'x', '--bm25', '--batch-size', '0'], '--batch-size: expected a whole number'],
  [compareIndexesCommand, ['--vectors', 'a'], 'expected --vectors and --queries'],
  [compareIndexesCommand, ['--vectors', 'a', '--squad', 'b'], 'not both'],
  [compareIndexesCommand, ['--squad', 'b'], 'a data set needs --model'],
  [compareIndexesCommand, ['--vectors', 'a', '--queries', 'b', '--index', 'Flat 4'], 'expected name=value'],
])('wrong command line: $0.name %j', async (command, args, text) => {
  const error = await failure(() => command.run(args))
  expect(error).toBeInstanceOf(UsageError)
  expect(error.message).toContain(text)
})

test.each([
  ['cut', npy(new Float32Array(7), '(2, 4)'), '2 x 4 values in the file'],
  ['sizes blown up', npy(new Float32Array(8), '(999999999999, 4)'), '999999999999 x 4 values'],
  ['doubles', npy(new Float32Array(8), '(1, 4)', '<f8'), 'little-endian float32'],
  ['one dimension', npy(new Float32Array(8), '(8,)'), 'two-dimensional'],
  ['header beyond the end', Buffer.from('\x93NUMPY\x01\x00\xff\xff{', 'latin1'), 'a header within the file'],
  ['header cut', Buffer.from('\x93NUMPY\x02\x00\xff', 'latin1'), 'a header of NumPy'],
  ['raw, dimension not known', new Uint8Array(32), 'a raw file needs --dimension'],
])('vector file: %s', async (_, content, text) => {
  write('bad.npy', content)
  expect((await failure(() => readVectorFile(at('bad.npy'), undefined))).message).toContain(text)
})

test('vector file: raw values in rows, or refused', async () => {
  write('raw.f32', new Uint8Array(new Float32Array([1, 2, 3, 4]).buffer))
  expect(await readVectorFile(at('raw.f32'), 2)).toEqual({
    data: new Float32Array([1, 2, 3, 4]),
    dimension: 2,
  })
  expect((await failure(() => readVectorFile(at('raw.f32'), 3))).message).toContain(
    'rows of 3 float32 values',
  )
})
