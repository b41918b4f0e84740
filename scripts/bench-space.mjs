/**
 * `npm run bench:space [-- A B --part=0.1 --without=git]`: bytes of the file a revision, over workloads of versions,
 * beside whole payloads, git, and SQLite where `benches/compare` has it installed.
 */

import { at } from './lib/paths.mjs'
import { runTool } from './lib/process.mjs'
import { main, setUp } from './lib/setup.mjs'

await main(async () => {
  await setUp()
  const { code } = await runTool(at('benches', 'space', 'space.mjs'), process.argv.slice(2), {
    show: true
  })
  return code
})
