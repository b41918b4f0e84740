/**
 * Prepares benches: compiles their JavaScript, and installs the other engines.
 */

import { rmSync } from 'node:fs'
import { at, tools } from './paths.mjs'
import { must, Problem, run, runTool } from './process.mjs'
import { runNpm } from './setup.mjs'
import { filesBelow } from './stamps.mjs'

/** Compiles the benches to `target/benches`, anew. */
export async function compileBenches() {
  rmSync(at('target', 'benches'), { recursive: true, force: true })
  await must('compiling the benches', () => runTool(tools.tsc, ['-p', 'tsconfig.bench.json']))
}

/** Installs the rivals in `benches/compare`; returns its folder. */
export async function installEngines() {
  const cwd = at('benches', 'compare')
  if (filesBelow(at('benches', 'compare', 'package.json')).length === 0) {
    throw new Problem('benches/compare has no package.json.')
  }
  // Not `ci`: it refuses a lock file without the engines' packages for platforms that a registry lacks.
  const args = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']
  await must('installing the other engines', () => runNpm(args, { cwd }))
  return cwd
}

/** Builds the program that asks libgit2, which it compiles the first time. */
export async function buildLibgit2() {
  const title = 'building the program that asks libgit2 (a minute or two the first time)'
  await must(title, () => buildProgram('libgit2'))
}

/** Builds the program that makes a slow link between two network namespaces; Linux has them alone. */
export async function buildSlowLink() {
  if (process.platform !== 'linux') return
  await must('building the program of the slow link', () => buildProgram('slow-link'))
}

/** A Rust program of `benches/compare`, of no workspace; built into `target/<name>`. */
function buildProgram(name) {
  const manifest = at('benches', 'compare', name, 'Cargo.toml')
  const args = ['build', '--release', '--locked', '--quiet', '--manifest-path', manifest]
  return run('cargo', [...args, '--target-dir', at('target', name)])
}
