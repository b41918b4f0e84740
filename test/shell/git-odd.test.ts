/**
 * `import git` and `export git` over repositories that are odd as a whole: shallow, with SHA-256, with signatures and
 * encodings, with names of branches that are not UTF-8, with a past that was rewritten. Git itself judges the result.
 *
 * Checked to fail: with the second parent of a commit that names one twice, the revision is refused; with `init` without the
 * format, and with `/` in the name of a branch below another, `fast-import` fails; without `read-tree` the files stay
 * behind, and `status` is not empty; without the rest of a chunk, hashes of commits differ.
 */

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { gitBranchesOf } from '../../ts/shell/git-text.js'
import { folder, histo, lines } from './histo.js'
import { git, hasGit, state } from './repositories.js'

/** A new repository. */
function made(...options: string[]): string {
  const cwd = folder()
  git(cwd, ['init', '-q', '-b', 'main', ...options])
  return cwd
}

function commit(cwd: string, file: string, text = file): string {
  writeFileSync(join(cwd, file), text)
  git(cwd, ['add', '-A'])
  git(cwd, ['commit', '-q', '-m', `${file}: ${text}`])
  return git(cwd, ['rev-parse', 'HEAD']).trim()
}

/** Writes a commit as it stands, and points a branch at it. */
function raw(cwd: string, branch: string, lines: readonly string[], message: string): void {
  const text = [`tree ${git(cwd, ['write-tree']).trim()}`, ...lines, '', message].join('\n')
  const args = ['hash-object', '-t', 'commit', '-w', '--stdin', '--literally']
  const hash = git(cwd, args, Buffer.from(text, 'latin1')).trim()
  git(cwd, ['update-ref', `refs/heads/${branch}`, hash])
}

const ann = 'author Ann <ann@example.org> 1600000000 +0530'
const carl = 'committer Carl <carl@example.org> 1600000000 +0530'

/** Imports with files and exports again; both folders. */
async function around(cwd: string): Promise<{ readonly db: string; readonly copy: string }> {
  const [db, copy] = [join(folder(), 'db'), join(folder(), 'copy')]
  await lines(['import', 'git', cwd, '--files', '--db', db])
  await lines(['export', 'git', copy, '--db', db])
  git(copy, ['fsck', '--strict'])
  expect(await histo(['verify', '--db', db])).toMatchObject({ code: 0 })
  return { db, copy }
}

/** Trees and authors of all commits, and the trees of the branches. */
function contents(cwd: string): readonly string[] {
  const commits = git(cwd, ['log', '--branches', '--format=%T %an %ae %at'])
  const branches = git(cwd, ['for-each-ref', '--format=%(refname) %(tree)', 'refs/heads'])
  return `${commits}${branches}`.split('\n').toSorted()
}

test.runIf(hasGit)('SHA-256, with a link and a submodule', async () => {
  const cwd = made('--object-format=sha256')
  const hash = commit(cwd, 'a')
  symlinkSync('a', join(cwd, 'link'))
  git(cwd, ['add', '-A'])
  git(cwd, ['update-index', '--add', '--cacheinfo', `160000,${hash},module`])
  git(cwd, ['commit', '-q', '-m', 'a submodule'])
  const { db, copy } = await around(cwd)
  expect(state(copy)).toEqual(state(cwd))
  commit(cwd, 'b')
  await lines(['import', 'git', cwd, '--files', '--db', db])
  await lines(['export', 'git', copy, '--db', db])
  expect(state(copy)).toEqual(state(cwd))
})

test.runIf(hasGit)('signatures and encodings cost the hash, and nothing else', async () => {
  const cwd = made()
  const first = commit(cwd, 'a')
  const signature = ['gpgsig -----BEGIN PGP SIGNATURE-----', ' ', ' iQFAKE', ' -----END PGP-----']
  raw(cwd, 'signed', [`parent ${first}`, ann, carl, ...signature], 'signed\n')
  raw(cwd, 'encoded', [`parent ${first}`, ann, carl, 'encoding ISO-8859-1'], 'caf\xe9')
  raw(cwd, 'unknown', [`parent ${first}`, ann, carl, 'encoding X-NONE'], 'caf\xe9\n')
  git(cwd, ['tag', '-a', '-m', 'a tag', 'v1'])
  const { db, copy } = await around(cwd)
  expect(contents(copy)).toEqual(contents(cwd))
  expect(git(copy, ['tag'])).toBe('')
  for (const [branch, message] of [
    ['encoded', 'café'],
    ['unknown', 'café\n']
  ] as const) {
    const [line = ''] = await lines(['show', branch, '--json', '--db', db])
    expect(JSON.parse(line).meta.message).toBe(message)
  }
})

test.runIf(hasGit)('a parent that is named twice is one', async () => {
  const cwd = made()
  const first = commit(cwd, 'a')
  raw(cwd, 'twice', [`parent ${first}`, `parent ${first}`, ann, carl], 'twice\n')
  const { copy } = await around(cwd)
  expect(git(copy, ['rev-list', '--parents', '-1', 'twice']).trim().split(' ')).toHaveLength(2)
})

test.runIf(hasGit)('a shallow clone is told, and begins where it was cut', async () => {
  const cwd = made()
  for (const name of ['a', 'b', 'c', 'd']) commit(cwd, name)
  const clone = join(folder(), 'clone')
  git(cwd, ['clone', '-q', '--depth', '2', `file://${cwd}`, clone])
  const db = join(folder(), 'db')
  const { code, out, err } = await histo(['import', 'git', clone, '--files', '--db', db])
  expect([code, out]).toEqual([0, '2 new revisions; 1 branch moved\n'])
  expect(err).toBe('histo: the clone is shallow: its oldest commits come without ancestors\n')
  const copy = join(folder(), 'copy')
  await lines(['export', 'git', copy, '--db', db])
  expect(git(copy, ['rev-parse', 'main^{tree}'])).toBe(git(cwd, ['rev-parse', 'main^{tree}']))
})

test.runIf(hasGit)(
  'names of branches that are no UTF-8, too long, or have control characters',
  async () => {
    const cwd = made()
    commit(cwd, 'a')
    const packed = `refs/heads/${'long/'.repeat(60)}x`
    git(cwd, ['update-ref', packed, 'main'])
    git(cwd, ['update-ref', 'refs/heads/c1\u0085', 'main'])
    const bash = "git update-ref refs/heads/caf$'\\xe9' main"
    execFileSync('bash', ['-c', bash], { cwd })
    const db = join(folder(), 'db')
    const { code, err } = await histo(['import', 'git', cwd, '--db', db])
    expect([code, err.split('\n').length - 1]).toEqual([0, 2])
    expect(err).toContain('histo: the branch c1\\u0085 is left out: ')
    const found = await lines(['branches', '--json', '--db', db])
    expect(found.map((line) => JSON.parse(line).branch)).toEqual(['café', 'main'])
  }
)

test.runIf(hasGit)('a past that was rewritten, and a branch that was deleted', async () => {
  const cwd = made()
  for (const name of ['a', 'b', 'c']) commit(cwd, name)
  git(cwd, ['branch', 'gone'])
  const { db } = await around(cwd)
  git(cwd, ['reset', '-q', '--hard', 'main~2'])
  git(cwd, ['branch', '-q', '-D', 'gone'])
  commit(cwd, 'b', 'another b')
  git(cwd, ['reflog', 'expire', '--expire=all', '--all'])
  git(cwd, ['gc', '-q', '--prune=now'])
  const [told = ''] = await lines(['import', 'git', cwd, '--files', '--json', '--db', db])
  expect(JSON.parse(told)).toMatchObject({ branches: { main: expect.anything() }, kept: [] })
  const copy = join(folder(), 'again')
  await lines(['export', 'git', copy, '--db', db])
  expect(git(copy, ['rev-parse', 'main'])).toBe(git(cwd, ['rev-parse', 'main']))
  expect(git(copy, ['log', '--format=%s', 'gone'])).toBe('c: c\nb: b\na: a\n')
})

test.runIf(hasGit)('what is checked out in an existing repository moves along', async () => {
  const cwd = made()
  commit(cwd, 'a')
  const { db, copy } = await around(cwd)
  commit(cwd, 'b')
  commit(cwd, 'a', 'changed')
  await lines(['import', 'git', cwd, '--files', '--db', db])
  writeFileSync(join(copy, 'own'), 'not of git')
  await lines(['export', 'git', copy, '--db', db])
  expect(git(copy, ['status', '--porcelain'])).toBe('?? own\n')
  expect(readFileSync(join(copy, 'a'), 'utf8')).toBe('changed')
  writeFileSync(join(copy, 'a'), 'my own')
  commit(cwd, 'a', 'changed again')
  await lines(['import', 'git', cwd, '--files', '--db', db])
  const { code, err } = await histo(['export', 'git', copy, '--db', db])
  expect([code, err]).toEqual([
    0,
    `histo: some files in ${copy} were changed, so none was moved along\n`
  ])
  expect(readFileSync(join(copy, 'a'), 'utf8')).toBe('my own')
  expect(state(copy)).toEqual(state(cwd))
})

test.runIf(hasGit)(
  'a folder inside of a repository is no target, and an address no source',
  async () => {
    const cwd = made()
    commit(cwd, 'a')
    const { db, copy } = await around(cwd)
    mkdirSync(join(copy, 'inside'))
    writeFileSync(join(copy, 'inside', 'file'), '')
    const into = await histo(['export', 'git', join(copy, 'inside'), '--db', db])
    expect([into.code, into.err]).toEqual([
      1,
      expect.stringContaining('is a folder in a repository')
    ])
    for (const address of ['https://example.org/x.git', 'git@example.org:x.git']) {
      const from = await histo(['import', 'git', address, '--db', join(folder(), 'db')])
      const hint = `histo: a repository is a folder here: git clone --bare ${address}\n`
      expect([from.code, from.err]).toEqual([2, hint])
    }
  }
)

test.runIf(hasGit)('branches below each other get names that git allows', async () => {
  const names = ['a/b/c', 'a/b', 'a', 'b/c', 'a%2fb']
  expect([...gitBranchesOf(names)]).toEqual([
    ['a/b/c', 'a%2fb%2fc'],
    ['a/b', 'a%2fb'],
    ['a', 'a'],
    ['b/c', 'b/c'],
    ['a%2fb', 'a%252fb']
  ])
  const path = folder()
  const db = createDB<unknown>({ path })
  const ref = await db.put(1)
  for (const name of names) await db.branch(name).setHead(ref)
  await db.close()
  const copy = join(folder(), 'copy')
  await lines(['export', 'git', copy, '--db', path])
  expect(git(copy, ['branch', '--format=%(refname:short)']).split('\n')).toHaveLength(7)
  expect(existsSync(join(copy, 'data.json'))).toBe(true)
})

test.runIf(hasGit)('lines and characters may lie across the chunks that git writes', async () => {
  const cwd = made()
  const commits = Array.from({ length: 300 }, (_none, at) => {
    const message = `${'é\u{1f389}ü'.repeat(90 + (at % 7))} ${at}\n`
    const [head, bytes] = [`commit refs/heads/main\nmark :${at + 1}`, Buffer.byteLength(message)]
    const people = `author Ánn <ann@example.org> ${1_600_000_000 + at} +0100\n${carl}`
    const path = `wörld/${'日本'.repeat(20)}/${at % 50}`
    return `${head}\n${people}\ndata ${bytes}\n${message}M 100644 inline ${path}\ndata 3\n${at % 9}\n\n\n`
  })
  git(cwd, ['fast-import', '--quiet'], commits.join(''))
  const { copy } = await around(cwd)
  expect(state(copy)).toEqual(state(cwd))
})
