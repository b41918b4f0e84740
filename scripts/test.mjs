/**
 * `npm test`: set-up, then every suite: Rust's, the types of the tests, vitest's.
 *
 * Every suite runs even where one before it failed; builds do not go on, so that no suite runs on
 * what is stale. Arguments go to vitest, and then only it runs: `npm test -- merge`.
 */

import { rmSync } from 'node:fs'
import { buildFailpoints } from './lib/addon.mjs'
import { at, reportFile, tools } from './lib/paths.mjs'
import { run, runTool, step } from './lib/process.mjs'
import { countCargo, countStep, countVitest, format, sum, writeReport } from './lib/report.mjs'
import { main, setUp } from './lib/setup.mjs'

const vitestReport = at('target', 'vitest-report.json')
const filters = process.argv.slice(2)

await main(async () => {
  rmSync(reportFile, { force: true })
  const rustVersion = await setUp()
  const rust = filters.length === 0 ? await testRust() : []
  await buildFailpoints(rustVersion)
  const types = filters.length === 0 ? await checkTypes() : []
  const counts = [...rust, ...types, await testTypeScript()]
  const total = sum(counts)
  writeReport(total)
  console.log(`\nRust, types and TypeScript: ${format(total)}`)
  return total.failed === 0 ? 0 : 1
})

async function testRust() {
  const args = ['test', '--workspace', '--no-fail-fast', '--quiet']
  const result = await step('Rust tests', async () => {
    const ran = await run('cargo', args)
    return { ...ran, note: format(countCargo(ran)) }
  })
  return [countCargo(result)]
}

async function checkTypes() {
  const config = ['-p', 'tsconfig.test.json']
  return [countStep(await step('types of the tests', () => runTool(tools.tsc, config)))]
}

/** vitest shows its own progress. */
async function testTypeScript() {
  rmSync(vitestReport, { force: true })
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${vitestReport}`]
  const result = await runTool(tools.vitest, ['run', ...reporters, ...filters], { show: true })
  return countVitest(result, vitestReport)
}
