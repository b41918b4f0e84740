#!/usr/bin/env node
/**
 * The command `histo`: starts it, and loads nothing that `--version` does not need.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseJson } from '../base/parse.js'

/** The version of the package, as its package.json says. */
function version(): string {
  const manifest = readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8')
  return (parseJson(manifest) as { version: string }).version
}

const args = process.argv.slice(2)
if (args.length === 1 && args[0] === '--version') {
  process.stdout.write(`${version()}\n`)
} else {
  void import('./run.js').then(({ run }) => run(args, version))
}
