/** One command of the command line. */
export interface Command {
  name: string
  /** One line. */
  summary: string
  /** What --help prints. */
  usage: string
  run(args: string[]): Promise<void>
}

/** The command line itself is wrong: its usage is shown after the message. */
export class UsageError extends Error {}

/** A whole number of at least 1 after `--name`. */
export function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new UsageError(`--${name}: expected a whole number of at least 1, got ${JSON.stringify(text)}`)
  return Number(text)
}

export function list(text: string | undefined): string[] | undefined {
  return text?.split(',').map((part) => part.trim())
}

/** Progress on standard error, one line a step; results alone go to standard output. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`)
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
