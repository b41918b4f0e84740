/**
 * `npm run bench:json [-- --quick]`: differences and merges of JSON, `benches/json.bench.ts`.
 */

import { compileBenches } from './lib/benches.mjs'
import { at } from './lib/paths.mjs'
import { runTool } from './lib/process.mjs'
import { main, setUp } from './lib/setup.mjs'

const env = process.argv.includes('--quick') ? { BENCH_QUICK: '1' } : {}

await main(async () => {
  await setUp()
  await compileBenches()
  const { code } = await runTool(at('target', 'benches', 'json.bench.js'), [], { env, show: true })
  return code
})
