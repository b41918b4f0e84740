#!/usr/bin/env node
/**
 * The command `histo`: starts it, and loads nothing that `--version` does not need.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The version in package.json, read without loading the JSON parser. */
function version(): string {
  const manifest = readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8')
  return /"version": "([^"]+)"/.exec(manifest)?.[1] ?? 'unknown'
}

const args = process.argv.slice(2)
if (args.length === 1 && args[0] === '--version') {
  process.stdout.write(`${version()}\n`)
} else {
  void import('./run.js').then(({ run }) => run(args, version))
}
