/**
 * Runs the contract's tests on the other versions of Node.js that the package is held to.
 *
 * The versions stand in `test/platforms`, a package of its own whose programs are for Linux on x64; they
 * are installed there the first time, some 20 s, and kept. Elsewhere there are none, and it says so.
 */

import { readFileSync, rmSync } from 'node:fs'
import { at, tools } from './paths.mjs'
import { run, step } from './process.mjs'
import { countStep, countVitest, format, sum } from './report.mjs'
import { runNpm } from './setup.mjs'
import { filesBelow, ifStale } from './stamps.mjs'

const cwd = at('test', 'platforms')
const report = at('target', 'platform-report.json')

/** What differs between versions: JSON and its keys, bytes, streams, `fetch`, the addon's calls. */
const files = 'bounds chaining data errors graph names odd-keys put put-many streams vectors'
const tests = [
  ...files.split(' ').map((name) => `test/contract/${name}.test.ts`),
  'test/unit/parse.test.ts'
]

/** Runs them on each version; answers the counts. */
export async function testPlatforms() {
  const versions = versionsOfNode()
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    console.log(`${versions.join(', ')}: left out, they are installed for Linux on x64 alone`)
    return sum([])
  }
  const installed = await installPlatforms()
  if (installed.code !== 0) return countStep('installing versions of Node.js', installed)
  const counts = []
  for (const version of versions) counts.push(await testOn(version))
  return sum(counts)
}

/** The names of what is installed: `node-22` and so on. */
function versionsOfNode() {
  const manifest = JSON.parse(readFileSync(at('test', 'platforms', 'package.json'), 'utf8'))
  return Object.keys(manifest.optionalDependencies)
}

async function installPlatforms() {
  const stamp = {
    name: 'platforms',
    facts: [],
    inputs: () => filesBelow(at('test', 'platforms', 'package-lock.json')),
    outputs: () => filesBelow(at('test', 'platforms', 'node_modules', '.package-lock.json'))
  }
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
  let result = { code: 0, output: '' }
  await ifStale(stamp, async () => {
    result = await step('installing versions of Node.js', () => runNpm(args, { cwd }))
  })
  return result
}

async function testOn(version) {
  const node = at('test', 'platforms', 'node_modules', version, 'bin', 'node')
  rmSync(report, { force: true })
  const args = [tools.vitest, 'run', '--reporter=default', '--reporter=json', ...tests]
  const result = await step(`the contract on ${version}`, async () => {
    const ran = await run(node, [...args, `--outputFile.json=${report}`])
    return { ...ran, note: format(countVitest(ran, report)) }
  })
  return countVitest(result, report)
}
