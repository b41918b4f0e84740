/**
 * `npm run bench:crowd [-- --quick] [-- a manner …]`: a server with 200 misbehaving clients of each kind, and one
 * good client beside them.
 */

import { at } from './lib/paths.mjs'
import { runTool } from './lib/process.mjs'
import { main, setUp } from './lib/setup.mjs'

await main(async () => {
  await setUp()
  const bench = at('benches', 'crowd', 'crowd.mjs')
  const { code } = await runTool(bench, process.argv.slice(2), { show: true })
  return code
})
