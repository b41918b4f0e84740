/**
 * Bundles the page for browsers, `page/`, into `dist/assets`.
 *
 * esbuild makes one small script of its modules; TypeScript checks them before. The page's limit is held here, so
 * that no build has a larger one.
 */

import { copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { at, root, tools } from './paths.mjs'
import { must, Problem, runTool } from './process.mjs'
import { filesBelow, ifStale } from './stamps.mjs'

/** Most bytes of all files of the page, compressed. */
const most = 60 * 1024

const inputs = [
  'tsconfig.json',
  'package-lock.json',
  'scripts/lib/page.mjs',
  'ts/page/protocol.ts',
  'ts/base/shown.ts'
]

/** Bundles if something changed. */
export async function buildPage() {
  const folder = at('dist', 'assets')
  const stamp = {
    name: 'page',
    facts: [],
    inputs: () => [...inputs.map((name) => at(name)), ...filesBelow(at('page'))],
    outputs: () => filesBelow(folder)
  }
  await ifStale(stamp, async () => {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    const check = ['-p', 'page/tsconfig.json']
    await must('checking the page', () => runTool(tools.tsc, check, { cwd: root }))
    await bundle(folder)
    for (const name of ['index.html', 'icon.svg'])
      copyFileSync(at('page', name), `${folder}/${name}`)
    expectSmall(filesBelow(folder))
  })
}

/** Loaded only now: it is installed by what runs before. */
async function bundle(outdir) {
  const { build } = await import('esbuild')
  await build({
    entryPoints: [
      { in: at('page', 'main.ts'), out: 'page' },
      { in: at('page', 'page.css'), out: 'page' }
    ],
    entryNames: '[name]',
    outdir,
    bundle: true,
    minify: true,
    format: 'esm',
    target: ['es2022', 'chrome111', 'firefox115', 'safari16.4'],
    external: ['icon.svg'],
    charset: 'utf8',
    logLevel: 'error'
  })
}

function expectSmall(files) {
  const bytes = files.reduce(
    (sum, file) => sum + gzipSync(readFileSync(file), { level: 9 }).length,
    0
  )
  if (bytes > most) throw new Problem(`the page takes ${bytes} bytes compressed, over ${most}.`)
}
