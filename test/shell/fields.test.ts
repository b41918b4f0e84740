/** With `--json` each verb prints the fields that its help documents; what it loads is what it needs. */

import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { verbs } from '../../ts/shell/verbs.js'
import { command, folder, histo, lines, shell } from './histo.js'

/** A database with two branches that forked, a remote head, metas and what nothing reaches. */
async function made(): Promise<string> {
  const cwd = folder()
  const db = createDB<unknown>({ path: cwd })
  const meta = { author: 'Ann', message: 'm', time: '2026-01-01T00:00:00Z' }
  const a = await db.put({ title: 'a' }, [], { meta })
  await db.put({ title: 'b' }, { meta })
  await db.branch('idea').put({ title: 'a', x: 1 }, [a])
  await db.branch('bytes').put(new Uint8Array([1, 2]))
  await db.put('unreached', [], { moveHead: false })
  await db.setRemoteHead('laptop', a)
  await db.close()
  return cwd
}

const calls: readonly (readonly string[])[] = [
  ['smartlog'],
  ['log'],
  ['show'],
  ['show', 'bytes'],
  ['cat', 'bytes'],
  ['diff', 'main~1', 'main'],
  ['changes', '/title'],
  ['merge-base', 'main', 'idea'],
  ['branches'],
  ['remotes'],
  ['oplog'],
  ['stats'],
  ['put', 'data.json', '-m', 'x'],
  ['set-head', 'main~1'],
  ['undo'],
  ['redo'],
  ['merge', 'idea'],
  ['delete-branch', 'bytes'],
  ['erase', 'idea', '--yes'],
  ['verify'],
  ['backup', 'copy'],
  ['rescue', 'copy', 'rescued'],
  ['prune', '--dry-run'],
  ['compact'],
  ['pull', 'copy'],
  ['push', 'copy'],
  ['export', 'jsonl', 'file.jsonl'],
  ['import', 'jsonl', 'file.jsonl']
]

test('the fields that verbs print are those of their help', async () => {
  const cwd = await made()
  writeFileSync(join(cwd, 'data.json'), '{"title":"c"}')
  const seen = new Set<string>()
  for (const call of calls) {
    const { out, err, code } = await histo([...call, '--json'], { cwd })
    const isErased = call[0] === 'export' && code === 1 // what `erase` left cannot be exported
    expect([call, isErased ? '' : err, isErased ? 0 : code]).toEqual([call, '', 0])
    const [name = ''] = call
    seen.add(name)
    const documented = verbs.find((verb) => verb.name === name)?.json ?? ''
    for (const line of out.split('\n').slice(0, -1)) {
      const value: unknown = JSON.parse(line)
      if (name === 'diff') continue // its operations are documented elsewhere
      const unknown = Object.keys(value as object).filter(
        (key) => !new RegExp(`\\b${key}\\b`).test(documented)
      )
      expect([call, unknown]).toEqual([call, []])
    }
    if (name === 'export') writeFileSync(join(cwd, 'file.jsonl'), '')
  }
  const documented = verbs.filter(({ json }) => json !== undefined).map(({ name }) => name)
  expect(documented.filter((name) => !seen.has(name))).toEqual(['serve', 'view']) // see exchange.test.ts
}, 120_000)

/** What a run has loaded: files of the package, and modules of Node.js. */
function loaded(cwd: string, ...args: string[]): { files: string[]; builtIn: string[] } {
  const list = `process.on('exit', () => process.stderr.write(JSON.stringify([Object.keys(require.cache), process.moduleLoadList])))`
  const preload = join(folder(), 'list.cjs')
  writeFileSync(preload, list)
  const script = `${JSON.stringify(process.execPath)} -r ${JSON.stringify(preload)} ${JSON.stringify(command)} ${args.join(' ')} 2>&1 >/dev/null`
  const text = execFileSync('sh', ['-c', script], { cwd, stdio: 'pipe' }).toString()
  const [paths, modules] = JSON.parse(text) as [string[], string[]]
  return { files: paths.filter((path) => /[/\\]dist[/\\]/.test(path)), builtIn: modules }
}

test('--version loads nothing else, and log few files and no network', async () => {
  const cwd = await made()
  expect(loaded(cwd, '--version').files).toEqual([command])
  const { files, builtIn } = loaded(cwd, 'log')
  expect(files.filter((path) => dirname(path) === dirname(command))).toEqual(files)
  expect(files.length).toBeLessThan(50) // of some 150 modules
  expect(
    files.filter((path) => /http-|page-|postgres-|git-|serve|view|completion/.test(path))
  ).toEqual([])
  expect(builtIn).toContain('NativeModule crypto')
  const needless = /^NativeModule (?:https?|tls|zlib|child_process|readline)$/
  expect(builtIn.filter((name) => needless.test(name))).toEqual([])
})

test('a full disk is an error, not a success', async () => {
  const { code, err } = await shell('histo log > /dev/full', { cwd: await made() })
  expect(err).toMatch(/^histo: [^\n]*ENOSPC[^\n]*\n$/)
  expect(code).toBe(1)
})

test('a failure is reported even if nobody reads the output', async () => {
  const { err } = await shell('histo cat nix | true', { cwd: await made() })
  expect(err).toBe("histo: no revision, branch or remote is named 'nix'\n")
  expect(await lines(['branches', 'main'], { cwd: await made() })).toHaveLength(1)
})

test('stats prints how much there is', async () => {
  const told = await lines(['stats'], { cwd: await made() })
  expect(told.slice(0, 3)).toEqual([
    'revisions          5',
    'branches           3',
    'remotes            1'
  ])
  expect(told.map((line) => line.slice(0, 18).trim()).slice(3)).toEqual([
    'bytes of data',
    'bytes stored',
    'bytes of the file',
    'bytes of memory'
  ])
})
