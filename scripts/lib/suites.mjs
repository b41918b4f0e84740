/**
 * The suites of tests as steps: Rust's, the types of the tests, vitest's. Each answers its counts.
 */

import { rmSync } from 'node:fs'
import { forTests } from './addon.mjs'
import { at, tools } from './paths.mjs'
import { run, runTool, step } from './process.mjs'
import { countCargo, countStep, countVitest, format } from './report.mjs'

const vitestReport = at('target', 'vitest-report.json')

/** The names of the fuzz targets begin with this. */
const targets = 'targets::'

/** Rust's tests other than the fuzz targets. */
export const testRust = () => testCargo('Rust tests', ['--skip', targets])

/** The fuzz targets, some thousands of inputs each. */
export const testTargets = () => testCargo('fuzz targets', [targets])

/** Tests of Rust, by name; all are compiled together. */
async function testCargo(title, names) {
  const result = await step(title, async () => {
    const args = ['test', ...forTests, '--no-fail-fast', '--quiet', '--', ...names]
    const ran = await run('cargo', args)
    return { ...ran, note: format(countCargo(ran)) }
  })
  return countCargo(result)
}

export async function checkTypes() {
  const config = ['-p', 'tsconfig.test.json']
  const title = 'types of the tests'
  return countStep(title, await step(title, () => runTool(tools.tsc, config)))
}

/** vitest with these arguments; it shows its own progress. */
export async function testTypeScript(args) {
  rmSync(vitestReport, { force: true })
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${vitestReport}`]
  const result = await runTool(tools.vitest, ['run', ...reporters, ...args], { show: true })
  return countVitest(result, vitestReport)
}
