/**
 * Compiles `ts/` to `dist/`: CommonJS, so that `import`, `require` and test runners that only
 * `require` share one instance.
 *
 * `dist` gets a package.json of its own, since the top's says that the sources are ES modules. There
 * `#native`, which only the top's can define, becomes the path of the addon's loader.
 */

import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { at, root, tools } from './paths.mjs'
import { must, Problem, runTool } from './process.mjs'
import { filesBelow, ifStale } from './stamps.mjs'

const manifest = '{ "type": "commonjs" }\n'
const [name, path] = ['require("#native")', 'require("../crates/node/addon.cjs")']

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
    nameLoader(at('dist', 'native.js'))
  })
}

function nameLoader(file) {
  const text = readFileSync(file, 'utf8')
  if (!text.includes(name)) throw new Problem(`${file} does not say ${name}.`)
  writeFileSync(file, text.replace(name, path))
}
