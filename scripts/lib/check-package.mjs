/**
 * Tries the packed package in each way that it is used: import, require, TypeScript, jest, a bundler;
 * and what the linters of packages say.
 *
 * Each way is a separate check, over one project. Tools that only this needs are in
 * `test/package`.
 */

import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { at, tools } from './paths.mjs'
import { run, runTool } from './process.mjs'
import { runNpm } from './setup.mjs'

const bin = (...parts) => at('test', 'package', 'node_modules', ...parts)
const compilerOptions = ['--target', 'es2022', '--strict', '--types', 'node']

/** The checks in order, each a title and a function that returns `{ code, output }`. */
export function packageChecks(project) {
  const inside = { cwd: project.folder }
  const node = (program) => quietly(run(process.execPath, [program], inside))
  return [
    ['installing the tools of test/package', installTools],
    ['the packed package: npm install into an empty project', () => project.install()],
    ['the packed package: import', () => node('import.mjs')],
    ['the packed package: require, and one instance', () => node('require.cjs')],
    ['the packed package: TypeScript, nodenext', () => compile(project, 'mts', 'nodenext')],
    ['the packed package: TypeScript, commonjs', () => compile(project, 'cts', 'commonjs')],
    ['the packed package: npx histo --version', () => versionOfCommand(project)],
    [
      'the packed package: jest with its defaults',
      () => runTool(bin('jest', 'bin', 'jest.js'), [], inside)
    ],
    ['the packed package: esbuild, ES modules', () => bundle(project, 'import.mjs', 'esm')],
    ['the packed package: esbuild, CommonJS', () => bundle(project, 'types.cts', 'cjs')],
    ['the packed package: publint', () => publint(project)],
    ['the packed package: are the types wrong?', () => areTheTypesWrong(project)],
    ['the packed package: without the addon', () => withoutAddon(project)]
  ]
}

function installTools() {
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
  return runNpm(args, { cwd: at('test', 'package') })
}

/** A program that prints something has warned. */
async function quietly(running) {
  const { code, output } = await running
  return { code: code === 0 && output !== '' ? 1 : code, output }
}

/** Both names of the command, as npm linked them. */
async function versionOfCommand({ folder, installed }) {
  const { version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
  for (const name of ['histo', 'histo-revisions']) {
    const args = ['exec', '--offline', '--no', '--', name, '--version']
    const { code, output } = await runNpm(args, { cwd: folder })
    if (code !== 0 || output.trim() !== version) return { code: 1, output }
  }
  return { code: 0, output: version }
}

/** Compiles `types.ts` under another extension, declarations of the package included, and runs it. */
async function compile(project, extension, module) {
  const { folder } = project
  if (!existsSync(join(folder, 'node_modules', '@types', 'node'))) {
    await project.link('@types/node', 'undici-types')
  }
  const name = `types.${extension}`
  renameSync(
    join(folder, existsSync(join(folder, 'types.ts')) ? 'types.ts' : 'types.mts'),
    join(folder, name)
  )
  const compiled = await runTool(tools.tsc, ['--module', module, ...compilerOptions, name], {
    cwd: folder
  })
  if (compiled.code !== 0) return compiled
  const program = name.replace(/ts$/, 'js')
  return quietly(run(process.execPath, [program], { cwd: folder }))
}

async function bundle({ folder }, program, format) {
  const bundled = program.replace(/^[^.]*/, 'bundled').replace(/ts$/, 'js')
  const args = [program, format, bundled]
  const made = await runTool(at('test', 'package', 'bundle.mjs'), args, { cwd: folder })
  if (made.code !== 0) return made
  return quietly(run(process.execPath, [bundled], { cwd: folder }))
}

function publint({ tarball }) {
  return runTool(bin('publint', 'src', 'cli.js'), ['run', tarball, '--strict'])
}

function areTheTypesWrong({ tarball }) {
  return runTool(bin('@arethetypeswrong', 'cli', 'dist', 'index.js'), [tarball])
}

/** The error must say for which machine there is no addon, and how to get one. */
async function withoutAddon({ folder, installed }) {
  const addons = join(installed, 'crates', 'node')
  for (const name of readdirSync(addons).filter((name) => name.endsWith('.node'))) {
    renameSync(join(addons, name), join(addons, `${name}.hidden`))
  }
  const { code, output } = await run(process.execPath, ['require.cjs'], { cwd: folder })
  const says = [process.platform, process.arch, 'npm run build', 'cause'].filter(
    (word) => !output.includes(word)
  )
  if (code !== 0 && says.length === 0) return { code: 0, output }
  return { code: 1, output: `The error does not say: ${says.join(', ')}\n${output}` }
}
