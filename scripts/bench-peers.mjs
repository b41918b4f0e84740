/**
 * `npm run bench:peers`: the same work, done by this package and by its alternatives, from
 * `benches/compare`, whose head comment lists the options: `--only`, `--size`, `--seconds`, `--page`, …
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
