/**
 * Makes a checkout ready to run: dependencies, the native addon, `dist/`, the page in it.
 *
 * Holds `setUp` and the builds it is made of; each is skipped while its stamp holds, so that a
 * second run takes well under a second plus Node's start. Node built-ins alone: it installs the rest.
 */

import { buildAddon } from './addon.mjs'
import { buildPage } from './page.mjs'
import { at } from './paths.mjs'
import { main, must, run } from './process.mjs'
import { checkRequirements } from './requirements.mjs'
import { filesBelow, ifStale } from './stamps.mjs'
import { buildTypeScript } from './typescript.mjs'

export { main }

/** Checks the machine and builds what is stale. Throws a `Problem` where that fails. */
export async function setUp() {
  const rustVersion = await checkRequirements()
  await installDependencies()
  await buildAddon(rustVersion)
  await buildTypeScript()
  await buildPage()
  return rustVersion
}

async function installDependencies() {
  const stamp = {
    name: 'dependencies',
    facts: [process.platform, process.arch],
    inputs: () => [at('package-lock.json')],
    outputs: () => filesBelow(at('node_modules', '.package-lock.json'))
  }
  const hint = 'Is the network, or the registry that npm is set up for, reachable?'
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']
  await ifStale(stamp, () => must('installing npm packages', () => runNpm(args), hint))
}

/** Runs npm: the one that runs us, without a shell, else the one on the path. */
export function runNpm(args, options) {
  const script = process.env.npm_execpath ?? ''
  if (/npm-cli\.c?js$/.test(script)) return run(process.execPath, [script, ...args], options)
  return run(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, options)
}
