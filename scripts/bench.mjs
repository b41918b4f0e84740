/**
 * `npm run bench [-- name …] [-- --quick]`: runs `benches/<member>.bench.ts`, each a process.
 *
 * The benches are compiled to `target/benches`, where the package's own name resolves to `dist/`.
 * `--quick` (each once, on small sizes, for CI) is passed on as the environment variable
 * BENCH_QUICK=1.
 */

import { readdirSync } from 'node:fs'
import { compileBenches } from './lib/benches.mjs'
import { at } from './lib/paths.mjs'
import { Problem, runTool } from './lib/process.mjs'
import { main, setUp } from './lib/setup.mjs'

const names = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const env = process.argv.includes('--quick') ? { BENCH_QUICK: '1' } : {}

await main(async () => {
  await setUp()
  await compileBenches()
  const files = readdirSync(at('target', 'benches'))
    .filter((file) => file.endsWith('.bench.js'))
    .filter((file) => names.length === 0 || names.some((name) => file.startsWith(`${name}.`)))
  if (files.length === 0) throw new Problem(`No bench is named ${names.join(', ') || 'at all'}.`)
  let failures = 0
  for (const file of files) {
    console.log(`\n${file.replace('.js', '.ts')}`)
    const { code } = await runTool(at('target', 'benches', file), [], { env, show: true })
    if (code !== 0) failures += 1
  }
  return failures === 0 ? 0 : 1
})
