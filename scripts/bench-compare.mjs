/**
 * `npm run bench:compare [-- --quick] [-- --million]`: the same work on other engines, in
 * `benches/compare`, a package of its own, so that nobody else waits for their installation.
 */

import { at, tools } from './lib/paths.mjs'
import { must, Problem, runTool } from './lib/process.mjs'
import { main, runNpm, setUp } from './lib/setup.mjs'
import { filesBelow } from './lib/stamps.mjs'

const cwd = at('benches', 'compare')
const env = process.argv.includes('--quick') ? { BENCH_QUICK: '1' } : {}

await main(async () => {
  await setUp()
  if (filesBelow(at('benches', 'compare', 'package.json')).length === 0) {
    throw new Problem('benches/compare has no package.json.')
  }
  await must('installing the other engines', () => runNpm(['ci', '--loglevel=error'], { cwd }))
  await must('compiling the benches', () => runTool(tools.tsc, ['-p', 'tsconfig.bench.json']))
  const args = ['run', '--silent', 'compare', '--', ...process.argv.slice(2)]
  const { code } = await runNpm(args, { cwd, env, show: true })
  return code
})
