/**
 * `npm run bench:peers`: the same work put to this package and to what people would pick in its place, out of
 * `benches/compare`, whose head says what can be asked for: `--only`, `--size`, `--seconds`, `--page`, …
 */

import { compileBenches, installEngines } from './lib/benches.mjs'
import { main, runNpm, setUp } from './lib/setup.mjs'

await main(async () => {
  await setUp()
  const cwd = await installEngines()
  await compileBenches()
  const args = ['run', '--silent', 'peers', '--', ...process.argv.slice(2)]
  const { code } = await runNpm(args, { cwd, show: true })
  return code
})
