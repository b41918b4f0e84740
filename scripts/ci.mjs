/**
 * What `.ci/run` runs: the tests, those of the contract on other versions of Node.js, the lints, the
 * drift of generated files, each bench once, the packed package. Ends with one line of counts, and goes
 * on after a failure so that it is true.
 */

import { rmSync } from 'node:fs'
import { packageChecks } from './lib/check-package.mjs'
import { findDrift, rememberCheckout } from './lib/drift.mjs'
import { lints } from './lib/lints.mjs'
import { PackedProject } from './lib/packed.mjs'
import { reportFile } from './lib/paths.mjs'
import { testPlatforms } from './lib/platforms.mjs'
import { main, step } from './lib/process.mjs'
import { countStep, format, readReport, sum } from './lib/report.mjs'
import { runNpm } from './lib/setup.mjs'

await main(async () => {
  const before = await rememberCheckout()
  const project = new PackedProject()
  const counts = [await runTests(), await testPlatforms()]
  try {
    for (const [title, work] of [...lints, ...later(before), ...packageChecks(project)]) {
      counts.push(countStep(await step(title, work)))
    }
  } finally {
    project.remove()
  }
  const total = sum(counts)
  console.log(format(total))
  return total.failed === 0 && total.passed > 0 ? 0 : 1
})

/** `npm test` counts for itself; where it left no counts it broke before the suites ran. */
async function runTests() {
  rmSync(reportFile, { force: true })
  const { code } = await runNpm(['test'], { show: true })
  const counts = readReport() ?? { passed: 0, failed: 1 }
  if (code !== 0 && counts.failed === 0) return { ...counts, failed: 1 }
  return counts
}

function later(before) {
  return [
    ['npm run generate', () => runNpm(['run', 'generate'])],
    ['drift of generated files', () => findDrift(before)],
    ['each bench once', () => runNpm(['run', 'bench', '--', '--quick'])]
  ]
}
