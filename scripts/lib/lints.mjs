/**
 * The static checks of the code, one list for `npm run lint` and CI.
 *
 * Each returns `{ code, output }`.
 */

import { forTests } from './addon.mjs'
import { tools } from './paths.mjs'
import { run, runTool } from './process.mjs'

const clippy = ['clippy', ...forTests, '--all-targets', '--quiet', '--', '-D', 'warnings']
const rustdoc = ['doc', '--workspace', '--no-deps', '--quiet']

const typesOf = (what, config) => [
  `types of the ${what}`,
  () => runTool(tools.tsc, ['-p', config, '--noEmit'])
]

/** Name and work of each check of Rust. */
export const rustLints = [
  ['cargo fmt', () => run('cargo', ['fmt', '--all', '--check'])],
  ['clippy', () => run('cargo', clippy)],
  ['rustdoc', () => run('cargo', rustdoc, { env: { RUSTDOCFLAGS: '-D warnings' } })]
]

/** Those of JavaScript that nothing else in CI makes. */
export const scriptLints = [
  ['biome', () => runTool(tools.biome, ['check', '--error-on-warnings', '.'])],
  typesOf('package', 'tsconfig.json'),
  typesOf('page', 'page/tsconfig.json')
]

/** All. In CI `npm test` checks the types of the tests, and compiling the benches theirs. */
export const lints = [
  ...scriptLints,
  typesOf('tests', 'tsconfig.test.json'),
  typesOf('benches', 'tsconfig.bench.json'),
  ...rustLints
]
