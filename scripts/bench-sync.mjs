/**
 * `npm run bench:sync [-- --quick]`: synchronizing over HTTP beside git, PouchDB and Automerge, out of
 * `benches/compare`.
 */

import { buildSlowLink, compileBenches, installEngines } from './lib/benches.mjs'
import { main, runNpm, setUp } from './lib/setup.mjs'

const env = process.argv.includes('--quick') ? { BENCH_QUICK: '1' } : {}

await main(async () => {
  await setUp()
  const cwd = await installEngines()
  await buildSlowLink()
  await compileBenches()
  const { code } = await runNpm(['run', '--silent', 'sync'], { cwd, env, show: true })
  return code
})
