/**
 * `npm run build`: the addon and `dist/`, enough for `require('histo-revisions')` from the top.
 * With `--failpoints` also the debug addon whose chosen points fail, for the tests of panics.
 */

import { buildFailpoints } from './lib/addon.mjs'
import { main, setUp } from './lib/setup.mjs'

await main(async () => {
  const rustVersion = await setUp()
  if (process.argv.includes('--failpoints')) await buildFailpoints(rustVersion)
})
