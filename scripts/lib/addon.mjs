/**
 * Builds the native addon, in release for users and with failpoints for the tests of panics.
 *
 * Each is skipped while its stamp is valid. Uses only built-ins of Node.js, and the napi tool once installed.
 */

import { copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { at, tools } from './paths.mjs'
import { must, Problem, run, runTool } from './process.mjs'
import { filesBelow, ifStale } from './stamps.mjs'

const folder = 'crates/node'
const failpointsFile = at(folder, 'failpoints', 'histo-revisions.node')

const napiArgs = ['build', '--platform', '--release', '--manifest-path', `${folder}/Cargo.toml`]
napiArgs.push('--output-dir', folder, '--js', 'binding.cjs', '--dts', 'binding.d.ts')
napiArgs.push('--no-const-enum', '--no-dts-cache')

/** The tests of Rust run with the failpoints compiled in too, so that everything is compiled once. */
export const forTests = ['--workspace', '--features', 'histo-node/failpoints']
const cargoArgs = ['build', ...forTests, '--lib', '--tests', '--examples']
cargoArgs.push('--message-format', 'json-render-diagnostics')

/** Builds the release addon and its bindings if something changed. */
export async function buildAddon(rustVersion) {
  const stamp = {
    name: 'addon',
    facts: [rustVersion, napiArgs, napiConfig(), ...surroundings()],
    inputs: rustSources,
    outputs: () => filesBelow(at(folder), isOutput)
  }
  const title = 'building the native addon (a minute or two the first time)'
  await ifStale(stamp, () => must(title, () => runTool(tools.napi, napiArgs)))
}

/** Builds the release addon for another platform. */
export async function buildAddonFor(target) {
  await must(`building the native addon for ${target}`, () =>
    runTool(tools.napi, [...napiArgs, '--target', target])
  )
}

/**
 * Builds the debug addon whose chosen points fail. Plain cargo, and all that tests need: it shares what
 * `cargo test` built, which napi, naming the target, would build again.
 */
export async function buildFailpoints(rustVersion) {
  const stamp = {
    name: 'failpoints',
    facts: [rustVersion, cargoArgs, ...surroundings()],
    inputs: rustSources,
    outputs: () => filesBelow(failpointsFile)
  }
  await ifStale(stamp, async () => {
    const output = await buildTests()
    mkdirSync(at(folder, 'failpoints'), { recursive: true })
    rmSync(failpointsFile, { force: true }) // overwritten in place, a process that has it loaded dies
    copyFileSync(libraryIn(output), failpointsFile)
  })
}

/** Builds Rust's tests and examples and the addon with failpoints; returns cargo's messages about them. */
export async function buildTests() {
  const title = "building Rust's tests and the addon with failpoints"
  return (await must(title, () => run('cargo', cargoArgs))).output
}

/** The path of an example's program, from the messages that cargo prints as lines of JSON. */
export function exampleIn(output, name) {
  const found = artifactsIn(output, name, 'example').at(-1)
  if (!found?.executable) throw new Problem(`cargo built no example ${name}.`)
  return found.executable
}

function artifactsIn(output, name, kind) {
  const messages = output.split('\n').filter((line) => line.startsWith('{'))
  return messages
    .map((line) => JSON.parse(line))
    .filter(({ target }) => target?.name === name && target.kind.includes(kind))
}

/** The path of the library, from the messages that cargo prints as lines of JSON. */
export function libraryIn(output) {
  const artifacts = artifactsIn(output, 'histo_node', 'cdylib')
  const library = artifacts.at(-1)?.filenames.find((name) => /\.(so|dylib|dll)$/.test(name))
  if (library === undefined) throw new Problem('cargo built no library of crates/node.')
  return library
}

const napiConfig = () => JSON.parse(readFileSync(at('package.json'), 'utf8')).napi

const surroundings = () => [process.platform, process.arch, process.env.RUSTFLAGS ?? '']

const isOutput = (file) => /[\\/]node[\\/](binding\.cjs|binding\.d\.ts|[^\\/]+\.node)$/.test(file)

/** What goes into the addon: manifests and sources, without tests, benches and examples. */
function rustSources() {
  const crates = filesBelow(
    at('crates'),
    (file) => /\.(rs|toml)$/.test(file) && !/[\\/](tests|benches|examples)[\\/]/.test(file)
  )
  const manifests = ['Cargo.toml', 'Cargo.lock', 'rust-toolchain.toml']
  return [...manifests.flatMap((name) => filesBelow(at(name))), ...crates]
}
