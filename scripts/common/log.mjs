// What the scripts print: one line when a step begins, one when it ends, with the time it took.
const started = performance.now()

export const seconds = (milliseconds) =>
  milliseconds < 59_950
    ? `${(milliseconds / 1000).toFixed(1)} s`
    : `${(milliseconds / 60_000).toFixed(1)} min`
export const elapsed = () => seconds(performance.now() - started)
export const log = (line) => console.log(line)

/** Runs one step and prints how long it took. */
export async function step(title, work) {
  const begin = performance.now()
  log(`> ${title}`)
  const result = await work()
  log(`  done in ${seconds(performance.now() - begin)}`)
  return result
}

/** An error whose message is all that the user needs: what went wrong and the remedy. */
export class Problem extends Error {}

/** Runs a script's main function; a Problem is printed without a stack, and any failure ends with a non-zero exit code. */
export async function main(work) {
  try {
    await work()
  } catch (error) {
    console.error(`\n${error instanceof Problem ? error.message : error.stack}`)
    process.exitCode = 1
  }
}
