/**
 * Makes `docs/api` from the doc comments of what the package exports: a page for each entry, which
 * begins with a list of its exports.
 *
 * Uses TypeDoc with the settings in `scripts/api-reference`, a separate package, since TypeDoc
 * needs another TypeScript than the one that compiles here. Some ten seconds.
 */

import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { at } from './paths.mjs'
import { must, Problem, runTool } from './process.mjs'
import { runNpm } from './setup.mjs'
import { filesBelow, ifStale } from './stamps.mjs'

const cwd = at('scripts', 'api-reference')
const typedoc = at('scripts', 'api-reference', 'node_modules', 'typedoc', 'bin', 'typedoc')

/** Renews `docs/api`. */
export async function writeApiReference() {
  await installTypeDoc()
  rmSync(at('docs', 'api'), { recursive: true, force: true }) // no page of a removed entry
  const args = entries().flatMap((entry) => ['--entryPoints', entry])
  await must('writing the API reference', () => runTool(typedoc, args, { cwd }))
  for (const page of filesBelow(at('docs', 'api')).filter(isEntry)) {
    writeFileSync(page, withContents(readFileSync(page, 'utf8')))
  }
}

const isEntry = (page) => !page.endsWith('README.md')

/** The text of a page with links to its exports, by name, before the first of them. */
function withContents(text) {
  const names = [...text.matchAll(/^## (\w+)(?:\(\))?$/gm)].map((match) => match[1])
  if (names.length === 0) throw new Problem('a page of docs/api has no exports.')
  const links = names.toSorted().map((name) => `[${name}](#${name.toLowerCase()})`)
  const first = text.search(/^## /m)
  return `${text.slice(0, first)}${links.join(', ')}\n\n${text.slice(first)}`
}

async function installTypeDoc() {
  const stamp = {
    name: 'api-reference',
    facts: [],
    inputs: () => [at('scripts', 'api-reference', 'package-lock.json')],
    outputs: () => filesBelow(typedoc)
  }
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
  await ifStale(stamp, () => must('installing TypeDoc', () => runNpm(args, { cwd })))
}

/** The source of each entry of the package, found by the path of its built declarations. */
function entries() {
  const { exports } = JSON.parse(readFileSync(at('package.json'), 'utf8'))
  const built = JSON.stringify(exports).matchAll(/"\.\/dist\/([\w/-]+)\.d\.[cm]?ts"/g)
  const names = [...new Set([...built].map((match) => match[1]))]
  if (names.length === 0) throw new Problem('package.json exports no declarations below dist.')
  return names.map((name) => at('ts', `${name}.ts`))
}
