/**
 * `npm run test:all`: what `npm test` leaves out, which has run before it: the fuzz targets, tests that take long or need
 * a server, other shells, strace, mounts or the addon with failpoints, and the other manners of stores.
 */

import { rmSync } from 'node:fs'
import { buildFailpoints } from './lib/addon.mjs'
import { reportFile } from './lib/paths.mjs'
import { format, sum, writeReport } from './lib/report.mjs'
import { main, setUp } from './lib/setup.mjs'
import { testTargets, testTypeScript } from './lib/suites.mjs'
import { otherArguments } from './lib/test-parts.mjs'

await main(async () => {
  rmSync(reportFile, { force: true })
  await buildFailpoints(await setUp())
  const counts = [await testTargets()]
  for (const args of otherArguments()) counts.push(await testTypeScript(args))
  const total = sum(counts)
  writeReport(total)
  console.log(`\nThe rest: ${format(total)}`)
  return total.failed === 0 ? 0 : 1
})
