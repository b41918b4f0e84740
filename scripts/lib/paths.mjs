/**
 * Where things lie in the checkout.
 *
 * Holds paths only, each absolute but for those that say otherwise. Node built-ins alone: it runs
 * before anything is installed.
 */

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The top of the checkout. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** A path below the top. */
export const at = (...parts) => join(root, ...parts)

/** The stamps of what was built; they go with `node_modules`, so that a fresh one builds anew. */
export const cacheFolder = at('node_modules', '.cache', 'histo-revisions')

/** What the last `npm test` counted, for CI; see `report.mjs`. */
export const reportFile = at('target', 'test-report.json')

/** Scripts of the tools that `npm ci` installs, run with this Node: no shell, on any platform. */
export const tools = {
  biome: at('node_modules', '@biomejs', 'biome', 'bin', 'biome'),
  napi: at('node_modules', '@napi-rs', 'cli', 'dist', 'cli.js'),
  tsc: at('node_modules', 'typescript', 'bin', 'tsc'),
  vitest: at('node_modules', 'vitest', 'vitest.mjs')
}

/** Generated and committed: CI renews them and fails on a difference. Relative, `/` between. */
export const generated = [
  'crates/node/binding.cjs',
  'crates/node/binding.d.ts',
  'docs/api',
  'docs/history.svg',
  'test/vectors'
]
