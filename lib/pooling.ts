import { oneOf } from './checks'
import { wrongRange } from './errors'

/** How token vectors become one vector of the text. */
export type Pooling = 'cls' | 'mean' | 'max' | 'mean_sqrt_len' | 'weighted_mean' | 'last_token'

const MODES = ['cls', 'mean', 'max', 'mean_sqrt_len', 'weighted_mean', 'last_token'] as const

/** The modes of the option `pooling`: one, or several in an array. */
export function checkPooling(pooling: unknown): Pooling[] {
  if (!Array.isArray(pooling)) return [oneOf('pooling', pooling, MODES)]
  if (pooling.length === 0 || pooling.length > MODES.length)
    throw wrongRange('pooling', `a pooling mode or an array of 1 to ${MODES.length}`, pooling)
  return Array.from(pooling, (mode, i) => oneOf(`pooling[${i}]`, mode, MODES))
}

/** One mode as itself, several as an array. */
export function poolingOf(modes: readonly string[]): Pooling | readonly Pooling[] {
  return modes.length === 1 ? (modes[0] as Pooling) : Object.freeze([...(modes as Pooling[])])
}
