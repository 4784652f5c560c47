// The records of the GPU workloads as tables.
import { digits, percent, printTable, ratio } from '../harness/report.mjs'

const PEER = 'sentence-transformers'
const PROBLEMS = 8

/** Ends a workload: saves the record as complete and prints its table. */
export function finish(record) {
  record.save(true)
  printRecord(record.data)
}

export function printRecord({ workload, gpu, settings, results, problems, seconds, complete }) {
  const where = gpu ? gpu.name : settings.device
  console.log(
    `\n${workload} on ${where}, ${settings.dtype ?? 'fp16'} (${seconds.toFixed(0)} s${complete ? '' : ', stopped'})`,
  )
  tables[workload](results, settings)
  const lines = problems.map(
    ({ peer, request, problem }) =>
      `${peer} failed at "${request}": ${problem.trim().split('\n')[0].slice(0, 400)}`,
  )
  for (const line of [...new Set(lines)].slice(0, PROBLEMS)) console.log(line)
}

const tables = {
  embed(results) {
    const header = [
      '',
      'real tokens/s',
      'spread',
      'densenode is',
      'TFLOP/s',
      'of peak',
      'cosine to fp32',
      'to each other',
    ]
    const rows = []
    for (const [model, { sets }] of Object.entries(results)) {
      for (const [set, { speeds = {}, cosine, batch }] of Object.entries(sets)) {
        const base = speeds.densenode?.tokensPerSecond.median
        for (const [peer, { tokensPerSecond, tflops, shareOfPeak, cosineToFp32 }] of Object.entries(speeds)) {
          const how = peer === PEER ? `${peer}, batches of ${batch}` : peer
          rows.push([
            `${model}, ${set}: ${how}`,
            digits(tokensPerSecond.median),
            percent(tokensPerSecond.spread),
            base ? ratio(base, tokensPerSecond.median) : '',
            digits(tflops),
            percent(shareOfPeak),
            cosineToFp32 ? `>= ${cosineToFp32.smallest.toFixed(5)}` : '',
            cosine ? `>= ${cosine.smallest.toFixed(5)}` : '',
          ])
        }
      }
    }
    printTable(header, rows)
    for (const [model, { budgets = {} }] of Object.entries(results)) {
      const speeds = Object.entries(budgets).map(([tokens, speed]) => `${tokens}: ${digits(speed)}`)
      if (speeds.length > 0)
        console.log(`${model}, densenode by maxBatchTokens, tokens/s: ${speeds.join(', ')}`)
    }
  },

  'query-latency'(results, { count, dimension, tokens }) {
    const rows = []
    const add = (name, { p50, p95 }, base) =>
      rows.push([name, p50.toFixed(3), p95.toFixed(3), base ? ratio(p50, base) : ''])
    for (const [model, { embed, search, retrieve, embedAgain, neighboursAddMs }] of Object.entries(results)) {
      for (const [peer, times] of Object.entries(embed))
        add(`${model}: embed, ${peer}`, times, embed.densenode?.p50)
      const over = `over ${count} x ${dimension}`
      if (search) add(`${model}: search ${over}`, search)
      if (retrieve) add(`${model}: text to neighbours ${over}`, retrieve)
      if (embedAgain) add(`${model}: embed, once more`, embedAgain)
      if (neighboursAddMs !== undefined)
        rows.push([`${model}: neighbours add`, neighboursAddMs.toFixed(3), '', ''])
    }
    printTable([`one text of ${tokens} tokens`, 'p50 ms', 'p95 ms', 'densenode is'], rows)
  },

  search(results, { batches }) {
    const header = ['', 'p50 ms', 'p95 ms', ...batches.map((size) => `q/s by ${size}`), 'recall@10', 'add s']
    const rows = []
    for (const [index, peers] of Object.entries(results)) {
      for (const [peer, { latencyMs, queriesPerSecond, recall, build }] of Object.entries(peers)) {
        rows.push([
          `${index}: ${peer}`,
          latencyMs.p50?.toFixed(3) ?? '',
          latencyMs.p95?.toFixed(3) ?? '',
          ...batches.map((size) => (queriesPerSecond[size] ? digits(queriesPerSecond[size].median) : '')),
          recall?.toFixed(4) ?? '',
          build.addSeconds?.toFixed(1) ?? '',
        ])
      }
      for (const peer of ['faiss', 'torch'])
        if (peers.densenode && peers[peer]) rows.push(ratios(peer, peers, batches))
    }
    printTable(header, rows)
  },
}

function ratios(peer, { densenode, [peer]: other }, batches) {
  const speedUp = (size) => {
    const [mine, its] = [densenode, other].map(({ queriesPerSecond }) => queriesPerSecond[size]?.median)
    return mine && its ? ratio(mine, its) : ''
  }
  const both = other.latencyMs.p50 && densenode.latencyMs.p50
  return [
    `  densenode is, to ${peer}`,
    both ? ratio(other.latencyMs.p50, densenode.latencyMs.p50) : '',
    '',
    ...batches.map(speedUp),
    '',
    '',
  ]
}
