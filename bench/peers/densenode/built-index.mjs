// The index that a trial of search or filter asks for, built and timed.
import { readVectors, task, timed } from '../../harness/trial.mjs'
import { densenode } from './package.mjs'

const { dimension, factory } = task
const base = readVectors(task.base)
export const index = await densenode.VectorIndex.create({ dimension, metric: 'ip', factory })
export const [buildSeconds] = await timed(async () => {
  if (!index.isTrained) await index.train(base)
  await index.add(base)
})
