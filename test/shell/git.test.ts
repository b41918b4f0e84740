/**
 * `import git` and `export git`: what comes out again are the same commits, to the hash.
 *
 * Checked to fail: without the committer in the meta, with deletions after new files, or with the zone left out, hashes
 * of commits differ.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { gitBranchOf, gitTimeOf, isoOf, personOf } from '../../ts/shell/git-text.js'
import { read, root } from '../support/project.js'
import { folder, histo, lines } from './histo.js'
import { git, hasGit, odd, state } from './repositories.js'

test.runIf(hasGit)(
  'an odd repository is exported as it was imported, with the same hashes',
  async () => {
    const cwd = odd()
    const [db, copy] = [join(folder(), 'db'), join(folder(), 'copy')]
    const [told = ''] = await lines(['import', 'git', cwd, '--files', '--json', '--db', db])
    const { revisions, branches } = JSON.parse(told)
    expect(revisions).toBe(state(cwd).commits.length - 1)
    expect(Object.keys(branches)).toEqual(['main', 'other', 'side/one', 'side/three', 'side/two'])
    await lines(['export', 'git', copy, '--db', db])
    expect(state(copy)).toEqual(state(cwd))
    expect(git(copy, ['status', '--porcelain', '--ignore-submodules'])).toBe('')
    expect(readFileSync(join(copy, '10'), 'utf8')).toBe('ten')
    expect(await histo(['verify', '--db', db])).toMatchObject({ code: 0 })
  }
)

test.runIf(hasGit)(
  'a commit is a revision with author, time, message, and what it changed',
  async () => {
    const cwd = odd()
    const db = join(folder(), 'db')
    await lines(['import', 'git', cwd, '--db', db])
    const [line = ''] = await lines(['show', 'side/one', '--json', '--db', db])
    const hash = git(cwd, ['rev-parse', 'side/one:one']).trim()
    expect(JSON.parse(line)).toMatchObject({
      meta: {
        author: 'Nobody <>',
        committer: 'Carl Committer <carl@example.org>',
        time: '2020-09-13T17:56:40+05:30',
        committed: '2020-09-13T08:58:20-03:30',
        message: 'one\n',
        commit: git(cwd, ['rev-parse', 'side/one']).trim()
      },
      data: { files: { one: { mode: '100644', hash } } }
    })
    const [changed = ''] = await lines(['cat', 'side/one~1', '--json', '--db', db])
    expect(JSON.parse(changed).files['a file']).toBeNull()
    expect(JSON.parse(changed).message).toBe(`${'x'.repeat(20_000)}\n`)
    expect((await lines(['show', 'side/one', '--db', db])).at(-1)).toBe('~ one')
    const there = folder()
    for (const target of [there, join(there, 'x')]) {
      const refused = await histo(['export', 'git', target, '--db', db])
      expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('without --files')])
      expect(readdirSync(there)).toEqual([]) // no empty repository is left
    }
  }
)

test.runIf(hasGit)(
  'a second import imports only new commits, and a branch with revisions of its own stays',
  async () => {
    const cwd = odd()
    const db = join(folder(), 'db')
    await lines(['import', 'git', cwd, '--db', db])
    const again = async () =>
      JSON.parse((await lines(['import', 'git', cwd, '--json', '--db', db]))[0] ?? '')
    expect(await again()).toEqual({ revisions: 0, branches: {}, kept: [] })
    git(cwd, ['commit', '-q', '--allow-empty', '-m', 'new'])
    git(cwd, ['checkout', '-q', '-b', 'late', 'main~3'])
    git(cwd, ['commit', '-q', '--allow-empty', '-m', 'late'])
    const next = await again()
    expect([next.revisions, Object.keys(next.branches)]).toEqual([2, ['late', 'main']])
    await lines(['put', '--db', db], { input: '"my own"' })
    git(cwd, ['checkout', '-q', 'main'])
    git(cwd, ['commit', '-q', '--allow-empty', '-m', 'newer'])
    git(cwd, ['checkout', '-q', '-B', 'late', 'main~2'])
    const last = await again()
    expect([last.revisions, Object.keys(last.branches), last.kept]).toEqual([1, ['late'], ['main']])
    expect(await lines(['cat', 'main', '--db', db])).toEqual(['"my own"'])
  },
  60_000
)

test.runIf(hasGit)('odd encodings come as text', async () => {
  const cwd = folder()
  git(cwd, ['init', '-q', '-b', 'main'])
  git(
    cwd,
    ['-c', 'i18n.commitEncoding=ISO-8859-1', 'commit', '-q', '--allow-empty', '-F', '-'],
    Buffer.from('caf\xe9\n', 'latin1')
  )
  git(cwd, ['commit', '-q', '--allow-empty', '-F', '-'], Buffer.from('na\xefve\n', 'latin1'))
  git(cwd, ['commit', '-q', '--allow-empty', '-F', '-'], '日本語 \u001b[31m\u202e\n')
  const db = join(folder(), 'db')
  await lines(['import', 'git', cwd, '--db', db])
  const found = await lines(['log', '--oneline', '--db', db])
  expect(found.map((line) => line.split(' ').slice(3).join(' '))).toEqual([
    'main 日本語 \\u001b[31m\\u202e',
    'naïve',
    'café'
  ])
})

test.runIf(hasGit)(
  'this clone, with its files',
  async () => {
    const [db, copy] = [join(folder(), 'db'), join(folder(), 'copy')]
    const clone = join(folder(), 'clone')
    git(root, ['clone', '-q', '--bare', root, clone])
    await lines(['import', 'git', clone, '--files', '--db', db])
    await lines(['export', 'git', copy, '--db', db])
    expect(state(copy)).toEqual(state(clone))
  },
  120_000
)

/** A repository with the commits of a shape of `test/histories`. */
function shaped(name: string): string {
  const cwd = folder()
  git(cwd, ['init', '-q', '--bare'])
  const parents = read(`test/histories/${name}.dag`).trimEnd().split('\n')
  const commands = parents.map((line, at) => {
    const [first, ...others] = line === '' ? [] : line.split(' ').map((to) => `:${Number(to) + 1}`)
    const from = first === undefined ? '' : `from ${first}\n`
    const reset = first === undefined ? 'reset refs/heads/work\n' : ''
    const merges = others.map((other) => `merge ${other}\n`).join('')
    const message = `data ${String(at).length}\n${at}\n`
    return `${reset}commit refs/heads/work\nmark :${at + 1}\ncommitter A <a> ${at} +0000\n${message}${from}${merges}M 644 inline f\n${message}\n`
  })
  const inner = new Set(parents.flatMap((line) => line.split(' ')))
  const tips = parents.flatMap((_, at) => (inner.has(String(at)) ? [] : [at]))
  const heads = tips.map((at) => `reset refs/heads/tip-${at}\nfrom :${at + 1}\n\n`)
  git(cwd, ['fast-import', '--quiet'], [...commands, ...heads].join(''))
  return cwd
}

test.runIf(hasGit)(
  'the history of irmin, with 281 tips',
  async () => {
    const cwd = shaped('irmin')
    const [db, copy] = [join(folder(), 'db'), join(folder(), 'copy')]
    await lines(['import', 'git', cwd, '--files', '--db', db])
    await lines(['export', 'git', copy, '--db', db])
    expect(state(copy)).toEqual(state(cwd))
  },
  120_000
)

test.runIf(hasGit)('revisions that were never in git become files with their data', async () => {
  const cwd = folder()
  const db = createDB<unknown>({ path: cwd })
  const first = await db.put({ title: 'first' }, [], {
    meta: { message: 'm', author: 'Ann <a@b>' }
  })
  await db.branch('a b..c/.d/e.lock').put(new Uint8Array([1, 2]), [first])
  await db.branch('files').put({ files: {} }, [])
  await db.close()
  const copy = join(cwd, 'copy')
  const [told = ''] = await lines(['export', 'git', copy, '--json'], { cwd })
  expect(JSON.parse(told)).toMatchObject({ commits: 3 })
  expect(git(copy, ['log', '--format=%an|%ae|%s', 'main'])).toBe('Ann|a@b|m\n')
  expect(JSON.parse(readFileSync(join(copy, 'data.json'), 'utf8'))).toEqual({ title: 'first' })
  const branch = 'a%20b%2e.c/%2ed/e%2elock'
  expect(git(copy, ['ls-tree', '--name-only', branch])).toBe('data.bin\n')
  expect(git(copy, ['ls-tree', '--name-only', 'files'])).toBe('data.json\n')
  expect(await histo(['export', 'git', cwd], { cwd })).toMatchObject({ code: 1, out: '' })
})

test('a folder that is not a repository is an error', async () => {
  const cwd = folder()
  const db = join(cwd, 'db')
  for (const place of [cwd, join(cwd, 'none')]) {
    const { code, err } = await histo(['import', 'git', place, '--db', db])
    expect(err).toMatch(/^histo: [^\n]+\n$/)
    expect([code, existsSync(db)]).toEqual([1, false])
  }
})

test('times and people go to git and back', () => {
  expect(isoOf(0, '+0000')).toBe('1970-01-01T00:00:00+00:00')
  expect(isoOf(-1000, '+1400')).toBe('1970-01-01T13:43:20+14:00')
  expect(isoOf(1, '+9999')).toBe('1970-01-01T00:00:01Z')
  for (const [seconds, zone] of [
    [0, '+0000'],
    [1600000000, '-0330'],
    [-86400, '+1245']
  ] as const) {
    expect(gitTimeOf(isoOf(seconds, zone))).toBe(`${seconds} ${zone}`)
  }
  expect(gitTimeOf('yesterday')).toBe('0 +0000')
  expect(['Ann', 'Ann <a@b>', '<x>', 'A<b\n>', ''].map(personOf)).toEqual([
    'Ann <>',
    'Ann <a@b>',
    '<x>',
    'A <b>',
    '<>'
  ])
})

test('a branch gets a name that git allows', () => {
  const names = [
    'main',
    'a/b',
    'x y',
    '.a',
    'a..b',
    'a.lock',
    'a@{1}',
    '@',
    '-x',
    'a//b',
    'ö',
    '50%'
  ]
  expect(names.map(gitBranchOf)).toEqual([
    'main',
    'a/b',
    'x%20y',
    '%2ea',
    'a%2e.b',
    'a%2elock',
    'a%40{1}',
    '%40',
    '%2dx',
    'a%2f/b',
    'ö',
    '50%25'
  ])
})
