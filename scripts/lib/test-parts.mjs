/**
 * Which tests `npm test` runs and which `npm run test:all` does: each runs in one of them, none in both.
 *
 * Holds the lists and what vitest is told of them. Reads the imports of the tests, runs nothing.
 */

import { readFileSync } from 'node:fs'
import { relative, sep } from 'node:path'
import { at, root } from './paths.mjs'
import { filesBelow } from './stamps.mjs'

/** Tests that take long or need more than Node.js: a server, other shells, strace, mounts, the addon with failpoints. */
export const longFiles = [
  'test/durability/batch-processes.test.ts',
  'test/durability/chores.test.ts',
  'test/durability/crowd.test.ts',
  'test/durability/denied.test.ts',
  'test/durability/full.test.ts',
  'test/durability/huge.test.ts',
  'test/durability/kill-points.test.ts',
  'test/durability/kill.test.ts',
  'test/durability/leaks.test.ts',
  'test/durability/looks.test.ts',
  'test/durability/many-heads.test.ts',
  'test/durability/many-open.test.ts',
  'test/durability/panic.test.ts',
  'test/durability/power-loss.test.ts',
  'test/durability/processes.test.ts',
  'test/durability/soak.test.ts',
  'test/durability/space-processes.test.ts',
  'test/durability/walking.test.ts',
  'test/durability/workers.test.ts',
  'test/http/answers.test.ts',
  'test/http/interruption.test.ts',
  'test/http/large.test.ts',
  'test/http/many-clients.test.ts',
  'test/http/middlemen-idle.test.ts',
  'test/http/middlemen-limits.test.ts',
  'test/http/middlemen-nginx.test.ts',
  'test/http/middlemen-refusals.test.ts',
  'test/http/middlemen.test.ts',
  'test/langgraph/example.test.ts',
  'test/langgraph/processes.test.ts',
  'test/langgraph/validation.test.ts',
  'test/page/browser.test.ts',
  'test/page/million.test.ts',
  'test/servers/postgres-batch-processes.test.ts',
  'test/servers/postgres-batch.test.ts',
  'test/servers/postgres-branches.test.ts',
  'test/servers/postgres-errors.test.ts',
  'test/servers/postgres-graph.test.ts',
  'test/servers/postgres-langgraph.test.ts',
  'test/servers/postgres-late.test.ts',
  'test/servers/postgres-processes.test.ts',
  'test/servers/postgres-retries.test.ts',
  'test/servers/postgres-suite.test.ts',
  'test/servers/postgres-watch.test.ts',
  'test/servers/redis-suite.test.ts',
  'test/shell/completion.test.ts',
  'test/shell/exchange.test.ts',
  'test/shell/git-odd.test.ts',
  'test/shell/git.test.ts',
  'test/shell/jsonl.test.ts',
  'test/shell/postgres.test.ts',
  'test/shell/terminal.test.ts',
  'test/space/kill.test.ts'
]

/** The manners of stores (`test/support/user-stores.ts`) that `npm test` goes through. */
export const usualManners = [
  'callbacks at once',
  'late callbacks, notFound',
  'all methods',
  'own ids, late'
]

/** The others. A test whose name has one of these runs in `npm run test:all`. */
export const otherManners = [
  'promises, null',
  'promises, ENOENT',
  'async with callbacks, a message',
  'read, bytes, at once',
  'all methods but putNamed and entries',
  'own ids at once',
  'own ids, all methods'
]

/** The modules whose lists are named by manners: a test that goes over one imports it. */
const tellsManners = /\/(?:user-stores|failing-stores|engines)\.js'/

const others = `(?:${otherManners.join('|')})`

/** What vitest is told for `npm test`. */
export function usualArguments() {
  const excluded = longFiles.map((file) => `--exclude=${file}`)
  return [...excluded, `--testNamePattern=^(?![\\s\\S]*${others})`]
}

/** What vitest is told for `npm run test:all`, a run each. */
export function otherArguments() {
  return [longFiles, [...filesOverStores(), `--testNamePattern=${others}`]]
}

/** The test files with tests over each manner, by what they import. */
function filesOverStores() {
  const tests = filesBelow(at('test'), (file) => file.endsWith('.test.ts'))
  const found = tests.filter((file) => tellsManners.test(readFileSync(file, 'utf8')))
  const names = found.map((file) => relative(root, file).split(sep).join('/'))
  return names.filter((name) => !longFiles.includes(name))
}
