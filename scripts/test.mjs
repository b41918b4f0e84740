/**
 * `npm test`: set-up, then the suites: Rust's, the types of the tests, vitest's less what takes long.
 *
 * Every suite runs even where one before it failed; builds do not go on, so that no suite runs on
 * what is stale. Arguments go to vitest, and then only it runs, long files too: `npm test -- merge`.
 */

import { rmSync } from 'node:fs'
import { buildFailpoints } from './lib/addon.mjs'
import { reportFile } from './lib/paths.mjs'
import { format, sum, writeReport } from './lib/report.mjs'
import { main, setUp } from './lib/setup.mjs'
import { checkTypes, testRust, testTypeScript } from './lib/suites.mjs'
import { usualArguments } from './lib/test-parts.mjs'

const filters = process.argv.slice(2)

await main(async () => {
  rmSync(reportFile, { force: true })
  const rustVersion = await setUp()
  const counts = filters.length === 0 ? await usual() : await filtered(rustVersion)
  const total = sum(counts)
  writeReport(total)
  console.log(`\nRust, types and TypeScript: ${format(total)}`)
  return total.failed === 0 ? 0 : 1
})

async function usual() {
  return [await testRust(), await checkTypes(), await testTypeScript(usualArguments())]
}

async function filtered(rustVersion) {
  await buildFailpoints(rustVersion)
  return [await testTypeScript(filters)]
}
