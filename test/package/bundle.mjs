/** Bundles a program with esbuild, the package left external: `bundle.mjs <program> <format> <out>`. */

import { build } from 'esbuild'

const [program, format, outfile] = process.argv.slice(2)
await build({
  entryPoints: [program],
  bundle: true,
  platform: 'node',
  format,
  outfile,
  external: ['histo-revisions'],
  logLevel: 'warning'
})
