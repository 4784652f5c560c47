import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'

import { EmbeddingModel } from '../embedding-model'
import { compareIndexes } from '../evaluation/compare-indexes'
import { comparisonChart } from '../evaluation/comparison-chart'
import type { CompareIndexesOptions } from '../evaluation/comparison-options'
import { comparisonTable, parametersText } from '../evaluation/comparison-table'
import { documentTexts } from '../evaluation/dataset'
import type { IndexCandidate } from '../evaluation/index-candidates'
import type { Metric } from '../metric'
import type { Vectors } from '../vectors'
import { type Command, note, print, UsageError, wholeNumber } from './command'
import { DATASET_OPTIONS, DATASET_USAGE, namesDataset, readDataset } from './dataset-options'
import { embedTexts } from './embed-texts'
import { readVectorFile } from './vector-file'

const OPTIONS = {
  ...DATASET_OPTIONS,
  vectors: { type: 'string' },
  queries: { type: 'string' },
  dimension: { type: 'string' },
  model: { type: 'string' },
  index: { type: 'string', multiple: true },
  metric: { type: 'string' },
  k: { type: 'string' },
  'batch-size': { type: 'string' },
  json: { type: 'boolean' },
  svg: { type: 'string' },
} as const

export const compareIndexesCommand: Command = {
  name: 'compare-indexes',
  summary: 'recall against exact search, speed, build time and memory of index families',
  usage: [
    'Usage: densenode compare-indexes --vectors FILE --queries FILE [options]',
    '       densenode compare-indexes <data set> --model FOLDER [options]',
    '',
    '  --vectors FILE       .npy (float32, two-dimensional), or raw little-endian float32 with --dimension',
    '  --queries FILE       the same for the queries',
    '  --dimension N        values of one vector of a raw file',
    ...DATASET_USAGE,
    '  --model FOLDER       embeds the documents and queries of the data set',
    '  --index "FACTORY"    an index to compare, also "FACTORY name=value ..." with search parameters; may be',
    '                       repeated (default: the usual families)',
    '  --metric METRIC      ip, l2, cosine or l1 (default: cosine)',
    '  --k N                neighbours of a query (default: 10)',
    '  --batch-size N       queries of one search call (default: all)',
    '  --json               JSON instead of a table',
    '  --svg FILE           writes a chart too',
  ].join('\n'),

  async run(args) {
    const { values } = parseArgs({ args, options: OPTIONS })
    const { metric, json, svg } = values
    const k = wholeNumber('k', values.k)
    const batchSize = wholeNumber('batch-size', values['batch-size'])
    const options: CompareIndexesOptions = {
      ...(metric !== undefined && { metric: metric as Metric }),
      ...(values.index && { indexes: candidatesOf(values.index) }),
      ...(k && { k }),
      ...(batchSize && { batchSize }),
    }
    const { vectors, queries, dimension } = await readVectors(values)
    const comparison = await compareIndexes(vectors, queries, {
      ...options,
      dimension,
      onRow: ({ factory, parameters }) => note(`${factory} ${parametersText(parameters)}`.trim()),
    })
    if (svg !== undefined) await writeFile(svg, comparisonChart(comparison))
    print(json ? JSON.stringify(comparison, null, 2) : comparisonTable(comparison))
  },
}

type Values = {
  [Name in keyof typeof DATASET_OPTIONS | 'vectors' | 'queries' | 'dimension' | 'model']?: string
}

async function readVectors(
  values: Values,
): Promise<{ vectors: Vectors; queries: Vectors; dimension: number }> {
  if (namesDataset(values)) {
    if (values.vectors !== undefined || values.queries !== undefined)
      throw new UsageError('expected vectors or a data set, not both')
    if (values.model === undefined) throw new UsageError('a data set needs --model')
    const dataset = await readDataset(values)
    const model = await EmbeddingModel.load(values.model)
    const vectors = await embedTexts(model, documentTexts(dataset), 'documents embedded', 'document')
    const asked = dataset.queries.map(({ text }) => text)
    const queries = await embedTexts(model, asked, 'queries embedded', 'query')
    return { vectors, queries, dimension: model.dimension }
  }
  if (values.vectors === undefined || values.queries === undefined)
    throw new UsageError('expected --vectors and --queries, or a data set and --model')
  const given = wholeNumber('dimension', values.dimension)
  const base = await readVectorFile(values.vectors, given)
  const queries = await readVectorFile(values.queries, given)
  if (queries.dimension !== base.dimension)
    throw new UsageError(
      `${values.queries} has dimension ${queries.dimension}, ${values.vectors} ${base.dimension}`,
    )
  return { vectors: base.data, queries: queries.data, dimension: base.dimension }
}

/** "IVF100,Flat nprobe=4"; the same factory named again is another row of the same index. */
function candidatesOf(texts: readonly string[]): IndexCandidate[] {
  const parametersOf = new Map<string, Record<string, number>[]>()
  for (const text of texts) {
    const [factory = '', ...settings] = text.trim().split(/\s+/)
    const parameters = Object.fromEntries(
      settings.map((setting) => {
        const [, name, value] = /^(\w+)=([\d.]+)$/.exec(setting) ?? []
        if (name === undefined)
          throw new UsageError(`--index: expected name=value, got ${JSON.stringify(setting)}`)
        return [name, Number(value)]
      }),
    )
    parametersOf.set(factory, [...(parametersOf.get(factory) ?? []), parameters])
  }
  return Array.from(parametersOf, ([factory, parameters]) => ({ factory, parameters }))
}
