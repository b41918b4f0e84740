/**
 * `npm run bench:documents [-- --documents=10000 --without=git]`: thousands of branches in one exchange over HTTP, beside
 * `git fetch` of as many refs.
 */

import { at } from './lib/paths.mjs'
import { runTool } from './lib/process.mjs'
import { main, setUp } from './lib/setup.mjs'

await main(async () => {
  await setUp()
  const program = at('benches', 'documents', 'documents.mjs')
  const { code } = await runTool(program, process.argv.slice(2), { show: true })
  return code
})
