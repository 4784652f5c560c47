// A progress line: rewritten in place on a terminal, a plain line every five seconds elsewhere.
import { seconds } from '../common/log.mjs'

const TERMINAL_INTERVAL = 200
const PLAIN_INTERVAL = 5000

/** Returns { update(done), end() }; end prints the whole time and rate. */
export function progress(what, total) {
  const begin = performance.now()
  const interval = process.stdout.isTTY ? TERMINAL_INTERVAL : PLAIN_INTERVAL
  let printed = begin
  const rate = (done, now) => done / ((now - begin) / 1000)
  const show = (line) => process.stdout.write(process.stdout.isTTY ? `\r  ${line}\x1b[K` : `  ${line}\n`)
  return {
    update(done) {
      const now = performance.now()
      if (now - printed < interval || done === 0) return
      printed = now
      const left = seconds(((now - begin) / done) * (total - done))
      show(
        `${done.toLocaleString('en')} of ${total.toLocaleString('en')} ${what}, ${rate(done, now).toFixed(0)} texts/s, ${left} left`,
      )
    },
    end() {
      const now = performance.now()
      show(
        `${total.toLocaleString('en')} ${what} in ${seconds(now - begin)}, ${rate(total, now).toFixed(0)} texts/s`,
      )
      if (process.stdout.isTTY) process.stdout.write('\n')
    },
  }
}
