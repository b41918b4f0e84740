/**
 * `npm run bench:postgres [-- --quick]`: a database on PostgreSQL beside SQL written by hand, out of
 * `benches/compare`. The server is the one of the tests.
 */

import { compileBenches, installEngines } from './lib/benches.mjs'
import { main, runNpm, setUp } from './lib/setup.mjs'

const env = process.argv.includes('--quick') ? { BENCH_QUICK: '1' } : {}

await main(async () => {
  await setUp()
  const cwd = await installEngines()
  await compileBenches()
  const { code } = await runNpm(['run', '--silent', 'postgres'], { cwd, env, show: true })
  return code
})
