/** `npm run lint`: formats, lints and types of both languages. Runs all, fails if one fails. */

import { lints } from './lib/lints.mjs'
import { step } from './lib/process.mjs'
import { main, setUp } from './lib/setup.mjs'

await main(async () => {
  await setUp()
  let failures = 0
  for (const [title, work] of lints) {
    const { code } = await step(title, work)
    if (code !== 0) failures += 1
  }
  return failures === 0 ? 0 : 1
})
