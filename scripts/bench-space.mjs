/**
 * `npm run bench:space [-- A B --part=0.1 --without=git]`: bytes of the file a revision, over workloads of versions,
 * beside whole payloads, git, and SQLite where `benches/compare` has it installed. Then bytes and processor time of a
 * revision on the wire, beside whole texts; with `--wire` that alone.
 */

import { at } from './lib/paths.mjs'
import { runTool } from './lib/process.mjs'
import { main, setUp } from './lib/setup.mjs'

await main(async () => {
  await setUp()
  const options = process.argv.slice(2)
  const programs = options.includes('--wire') ? ['wire.mjs'] : ['space.mjs', 'wire.mjs']
  for (const program of programs) {
    const { code } = await runTool(at('benches', 'space', program), options, { show: true })
    if (code !== 0) return code
  }
  return 0
})
