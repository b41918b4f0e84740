/**
 * `npm run bench:graph [-- --quick] [-- shape …]`: the graph's bench on all sizes, with libgit2 out
 * of `benches/compare`; writes its tables and plots into `docs`.
 */

import { buildLibgit2, compileBenches } from './lib/benches.mjs'
import { at } from './lib/paths.mjs'
import { runTool } from './lib/process.mjs'
import { main, setUp } from './lib/setup.mjs'

const env = {
  BENCH_GRAPH: 'full',
  ...(process.argv.includes('--quick') ? { BENCH_QUICK: '1' } : {})
}

await main(async () => {
  await setUp()
  await buildLibgit2()
  await compileBenches()
  const shapes = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
  const bench = at('target', 'benches', 'graph.bench.js')
  const { code } = await runTool(bench, shapes, { env, show: true })
  return code
})
