/**
 * `npm run bench:crowd [-- --quick] [-- a manner …]`: 200 clients of each bad manner at a server, and one
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
