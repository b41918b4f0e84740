/**
 * `npm run bench:compare [-- name …] [-- --quick] [-- --million]`: the same work on other engines
 * (`put`) and by other modules (`walks`), in `benches/compare`, a package of its own, so that nobody
 * else waits for their installation.
 */

import { compileBenches, installEngines } from './lib/benches.mjs'
import { main, runNpm, setUp } from './lib/setup.mjs'

const names = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const env = process.argv.includes('--quick') ? { BENCH_QUICK: '1' } : {}

await main(async () => {
  await setUp()
  const cwd = await installEngines()
  await compileBenches()
  let failures = 0
  for (const name of names.length === 0 ? ['put', 'walks'] : names) {
    const args = ['run', '--silent', name, '--', ...process.argv.slice(2)]
    const { code } = await runNpm(args, { cwd, env, show: true })
    if (code !== 0) failures += 1
  }
  return failures === 0 ? 0 : 1
})
