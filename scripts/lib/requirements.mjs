/**
 * Checks for what npm cannot install: Node, Rust, a C compiler.
 *
 * Each message names what is missing and how to get it. Node built-ins alone.
 */

import { Problem, run } from './process.mjs'

const minimum = { node: [20, 19], rust: [1, 88] }

/** Throws a `Problem` that names everything that is missing. Returns the compiler's version. */
export async function checkRequirements() {
  const [cargo, rustc, compiler] = await Promise.all([
    run('cargo', ['--version']),
    run('rustc', ['--version']),
    findCompiler()
  ])
  const problems = [
    nodeProblem(process.versions.node),
    rustProblem('cargo', cargo) ?? rustProblem('rustc', rustc),
    compilerProblem(compiler)
  ].filter((problem) => problem !== undefined)
  if (problems.length > 0) throw new Problem(problems.join('\n'))
  return rustc.output.trim()
}

function nodeProblem(version) {
  if (isAtLeast(version, minimum.node)) return undefined
  return `Node ${minimum.node.join('.')} or newer is needed, this is ${version}. Get it from https://nodejs.org or a version manager.`
}

function rustProblem(name, { code, output }) {
  const how = 'et Rust from https://rustup.rs'
  const wanted = minimum.rust.join('.')
  if (code !== 0) {
    return `${name} is missing: the native addon is built from Rust, ${wanted} or newer. G${how}, then open a new terminal.`
  }
  const version = /\d+\.\d+\.\d+/.exec(output)?.[0] ?? '0.0.0'
  if (isAtLeast(version, minimum.rust)) return undefined
  return `Rust ${wanted} or newer is needed, ${name} is ${version}. Run \`rustup update stable\`, or, without rustup: g${how}.`
}

/** Runs `$CC`, or else the usual names; undefined where the platform's own search is better. */
async function findCompiler() {
  if (process.platform === 'win32') return undefined // the build asks Visual Studio's installer
  const own = process.env.CC?.trim()
  const candidates = own ? [own] : ['cc', 'gcc', 'clang']
  for (const candidate of candidates) {
    const [command, ...args] = candidate.split(/\s+/)
    const { code } = await run(command, [...args, '--version'])
    if (code === 0) return { name: candidate, found: true }
  }
  return { name: candidates.join(', '), found: false }
}

function compilerProblem(compiler) {
  if (compiler === undefined || compiler.found) return undefined
  const how = {
    darwin: 'Run `xcode-select --install`',
    linux: 'Install `build-essential` (Debian, Ubuntu), `gcc` (Fedora) or `build-base` (Alpine)'
  }[process.platform]
  return `A C compiler is missing (tried: ${compiler.name}); the store, LMDB, is written in C. ${how ?? 'Install gcc or clang'}, or point CC at one.`
}

function isAtLeast(version, [major, minor]) {
  const [left, right] = version.split('.').map(Number)
  return left > major || (left === major && right >= minor)
}
