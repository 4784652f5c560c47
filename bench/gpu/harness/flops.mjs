// How many floating-point operations an encoder's matrix products take.
import { readFileSync } from 'node:fs'
import path from 'node:path'

export function shapeOf(folder) {
  const config = JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8'))
  return { layers: config.num_hidden_layers, width: config.hidden_size, inner: config.intermediate_size }
}

/**
 * Multiplications and additions for texts of these lengths, without padding: in each layer four projections and two
 * feed-forward products a token, and attention (scores, then their sums) by the square of the length.
 */
export function flopsOf({ layers, width, inner }, lengths) {
  let flops = 0
  for (const length of lengths)
    flops += layers * length * (2 * (4 * width * width + 2 * width * inner) + 4 * width * length)
  return flops
}
