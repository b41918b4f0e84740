/**
 * Compiles `ts/` to `dist/`: CommonJS, so that `import`, `require` and test runners that only
 * `require` share one instance.
 *
 * `dist` gets a package.json of its own, since the top's says that the sources are ES modules. There
 * `#native`, which only the top's can define, becomes the path of the addon's loader.
 *
 * The command `histo` becomes few files: a run of it needs some 150 modules, and to find, read and compile each by itself
 * takes as long as to start Node.js.
 */

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { at, root, tools } from './paths.mjs'
import { must, Problem, runTool } from './process.mjs'
import { filesBelow, ifStale } from './stamps.mjs'

const manifest = '{ "type": "commonjs" }\n'
const name = 'require("#native")'
/** The file that starts the command; it loads the others where it is not only asked for its version. */
const startOfShell = 'histo.js'

const inputs = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json']
inputs.push('scripts/lib/typescript.mjs')

/** Compiles if something changed. */
export async function buildTypeScript() {
  const stamp = {
    name: 'dist',
    facts: [],
    inputs: () => [
      ...inputs.map((name) => at(name)),
      ...filesBelow(at('crates', 'node', 'binding.d.ts')),
      ...filesBelow(at('ts'), (file) => file.endsWith('.ts'))
    ],
    outputs: () => filesBelow(at('dist'), (file) => !file.startsWith(at('dist', 'assets')))
  }
  await ifStale(stamp, async () => {
    rmSync(at('dist'), { recursive: true, force: true }) // no file of a source that is gone
    await must('compiling TypeScript', () =>
      runTool(tools.tsc, ['-p', 'tsconfig.build.json'], { cwd: root })
    )
    writeFileSync(at('dist', 'package.json'), manifest)
    nameLoader(at('dist', 'native.js'), '../crates/node/addon.cjs')
    await bundleShell(at('dist', 'shell'))
  })
}

function nameLoader(file, path) {
  const text = readFileSync(file, 'utf8')
  if (!text.includes(name)) throw new Problem(`${file} does not say ${name}.`)
  writeFileSync(file, text.replace(name, `require("${path}")`))
}

/**
 * Bundles the command into a file for each verb and for what verbs share, as ES modules, since only these can share,
 * and makes CommonJS of them. Names stay, for the stacks of `--debug`.
 */
async function bundleShell(folder) {
  const { build, transform } = await import('esbuild') // installed by what runs before
  for (const file of readdirSync(folder)) {
    if (!file.startsWith(startOfShell)) rmSync(join(folder, file))
  }
  const target = 'node20'
  const smaller = { minifyWhitespace: true, minifySyntax: true, charset: 'utf8' }
  const { outputFiles } = await build({
    entryPoints: [at('ts', 'shell', 'run.ts')],
    outdir: folder,
    bundle: true,
    splitting: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target,
    external: ['#native', 'pg'],
    logLevel: 'error',
    ...smaller
  })
  const supported = { 'dynamic-import': false } // `require` takes no turn of the event loop
  const made = outputFiles.map(async ({ path, text }) => {
    const { code } = await transform(text, { format: 'cjs', target, supported, ...smaller })
    writeFileSync(path, code)
    if (code.includes(name)) nameLoader(path, '../../crates/node/addon.cjs')
  })
  await Promise.all(made)
}
