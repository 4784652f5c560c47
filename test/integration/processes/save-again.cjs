// Saves two indexes to argv[2] in turn until it is killed. Says when it begins.
const { VectorIndex } = require('../../..')

const DIMENSION = 64

async function filled(count) {
  const index = await VectorIndex.create({ dimension: DIMENSION, metric: 'l2' })
  await index.add(new Float32Array(count * DIMENSION).fill(count))
  return index
}

async function main() {
  const indexes = [await filled(2000), await filled(3000)]
  process.stdout.write('saving\n')
  for (let i = 0; ; i++) await indexes[i % 2].save(process.argv[2])
}

main()
