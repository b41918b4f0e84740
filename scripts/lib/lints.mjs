/**
 * The checks that read the code and do not run it, one list for `npm run lint` and CI.
 *
 * Each answers `{ code, output }`.
 */

import { tools } from './paths.mjs'
import { run, runTool } from './process.mjs'

const clippy = ['clippy', '--workspace', '--all-targets', '--quiet', '--', '-D', 'warnings']
const rustdoc = ['doc', '--workspace', '--no-deps', '--quiet']

/** Name and work of each check, the quick ones first. */
export const lints = [
  ['cargo fmt', () => run('cargo', ['fmt', '--all', '--check'])],
  ['biome', () => runTool(tools.biome, ['check', '--error-on-warnings', '.'])],
  ['types of the package', () => runTool(tools.tsc, ['-p', 'tsconfig.json'])],
  ['types of the tests', () => runTool(tools.tsc, ['-p', 'tsconfig.test.json'])],
  ['types of the benches', () => runTool(tools.tsc, ['-p', 'tsconfig.bench.json', '--noEmit'])],
  ['clippy', () => run('cargo', clippy)],
  ['clippy with failpoints', () => run('cargo', withFailpoints(clippy))],
  ['rustdoc', () => run('cargo', rustdoc, { env: { RUSTDOCFLAGS: '-D warnings' } })]
]

function withFailpoints([command, ...args]) {
  return [command, '--features', 'histo-node/failpoints', ...args]
}
