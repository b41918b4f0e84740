/** `npm run check:platforms`: the contract tests on other versions of Node.js than this one. */

import { testPlatforms } from './lib/platforms.mjs'
import { main, setUp } from './lib/setup.mjs'

await main(async () => {
  await setUp()
  const { failed } = await testPlatforms()
  return failed === 0 ? 0 : 1
})
