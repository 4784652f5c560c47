#!/usr/bin/env node
import { version } from '../native'
import { type Command, UsageError } from './command'
import { compareIndexesCommand } from './compare-indexes'
import { evaluateCommand } from './evaluate'
import { infoCommand } from './info'
import { pullCommand } from './pull'

const COMMANDS: readonly Command[] = [compareIndexesCommand, evaluateCommand, infoCommand, pullCommand]

const USAGE = [
  'Usage: densenode <command> [options]',
  '',
  ...COMMANDS.map(({ name, summary }) => `  ${name.padEnd(16)} ${summary}`),
  '',
  'densenode <command> --help says more; densenode --version tells the version.',
].join('\n')

/** Resolves with the exit status: 0, 1 where the work failed, 2 where the command line is wrong. */
async function main([name, ...rest]: string[]): Promise<number> {
  if (name === '--version') return print(version())
  if (name === undefined || name === '--help' || name === 'help') return print(USAGE)
  const command = COMMANDS.find((each) => each.name === name)
  if (!command) return complain(`unknown command ${JSON.stringify(name)}\n\n${USAGE}`, 2)
  if (rest.includes('--help')) return print(command.usage)
  try {
    await command.run(rest)
    return 0
  } catch (error) {
    if (isUsageError(error)) return complain(`${error.message}\n\n${command.usage}`, 2)
    return complain(error instanceof Error ? error.message : String(error), 1)
  }
}

/** Ours, and those of parseArgs. */
function isUsageError(error: unknown): error is Error {
  const code = (error as NodeJS.ErrnoException | null)?.code
  return error instanceof UsageError || (typeof code === 'string' && code.startsWith('ERR_PARSE_ARGS'))
}

function print(text: string): number {
  process.stdout.write(`${text}\n`)
  return 0
}

function complain(text: string, status: number): number {
  process.stderr.write(`${text.startsWith('densenode:') ? '' : 'densenode: '}${text}\n`)
  return status
}

void main(process.argv.slice(2)).then((status) => {
  process.exitCode = status
})
