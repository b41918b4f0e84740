/**
 * The steps of `.ci/run`: the tests, the contract tests on other versions of Node.js, the lints, the
 * drift of generated files, the costs of calls, each bench once, the packed package. Ends with one line of counts, and
 * continues after a failure so that the counts are complete.
 *
 * Builds for tests and for users run in parallel, since linking the addon keeps one processor busy for a minute; so do
 * the checks of Rust's tools and the rest at the end. Test suites have the machine to themselves.
 */

import { rmSync } from 'node:fs'
import { buildFailpoints } from './lib/addon.mjs'
import { packageChecks } from './lib/check-package.mjs'
import { checkCosts } from './lib/costs.mjs'
import { findDrift, rememberCheckout } from './lib/drift.mjs'
import { rustLints, scriptLints } from './lib/lints.mjs'
import { PackedProject } from './lib/packed.mjs'
import { reportFile } from './lib/paths.mjs'
import { testPlatforms } from './lib/platforms.mjs'
import { main, stepBeside } from './lib/process.mjs'
import { countStep, format, readReport, sum } from './lib/report.mjs'
import { checkRequirements } from './lib/requirements.mjs'
import { runNpm, setUp } from './lib/setup.mjs'

await main(async () => {
  const before = await rememberCheckout()
  const rustVersion = await checkRequirements()
  // What fails here fails again below, where it counts.
  await Promise.allSettled([setUp(), buildFailpoints(rustVersion)])
  const counts = [await runTests('test'), await runTests('run', 'test:all'), await testPlatforms()]
  const project = new PackedProject()
  try {
    const lanes = [rustLints, [...scriptLints, ...later(before), ...packageChecks(project)]]
    counts.push(...(await Promise.all(lanes.map(countAll))))
  } finally {
    project.remove()
  }
  const total = sum(counts)
  for (const name of total.failures) console.log(`failed: ${name}`)
  console.log(format(total))
  return total.failed === 0 && total.passed > 0 ? 0 : 1
})

/** The counts that a suite left; if there are none, it broke before its tests ran. */
async function runTests(...args) {
  rmSync(reportFile, { force: true })
  const { code } = await runNpm(args, { show: true })
  const counts = readReport() ?? sum([])
  if (code === 0 ? counts.passed > 0 : counts.failed > 0) return counts
  return sum([counts, countStep(`npm ${args.join(' ')}`, { code: 1 })])
}

/** Runs steps one after the other; the sum of their counts. */
async function countAll(steps) {
  const counts = []
  for (const [title, work] of steps) counts.push(countStep(title, await stepBeside(title, work)))
  return sum(counts)
}

function later(before) {
  return [
    ['npm run generate', () => runNpm(['run', 'generate'])],
    ['drift of generated files', () => findDrift(before)],
    ['costs beside those recorded', checkCosts],
    ['each bench once', () => runNpm(['run', 'bench', '--', '--quick'])]
  ]
}
