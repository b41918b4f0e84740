/**
 * `npm run bench:compare [-- --quick] [-- --million]`: the same work on other engines, in
 * `benches/compare`, a package of its own, so that nobody else waits for their installation.
 */

import { compileBenches, installEngines } from './lib/benches.mjs'
import { main, runNpm, setUp } from './lib/setup.mjs'

const env = process.argv.includes('--quick') ? { BENCH_QUICK: '1' } : {}

await main(async () => {
  await setUp()
  const cwd = await installEngines()
  await compileBenches()
  const args = ['run', '--silent', 'compare', '--', ...process.argv.slice(2)]
  const { code } = await runNpm(args, { cwd, env, show: true })
  return code
})
