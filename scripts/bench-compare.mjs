/**
 * `npm run bench:compare [-- --quick]`: questions to the graph over stores of users beside the modules of 2013
 * (`walks`), in `benches/compare`, a package of its own, so that nobody else waits for its installation.
 */

import { compileBenches, installEngines } from './lib/benches.mjs'
import { main, runNpm, setUp } from './lib/setup.mjs'

const env = process.argv.includes('--quick') ? { BENCH_QUICK: '1' } : {}

await main(async () => {
  await setUp()
  const cwd = await installEngines()
  await compileBenches()
  const { code } = await runNpm(['run', '--silent', 'walks'], { cwd, env, show: true })
  return code
})
