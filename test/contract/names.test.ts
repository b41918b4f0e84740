/** Names of databases, branches and remotes; branches and remotes themselves. */

import { describe, expect, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { failureOf, folder, opened, places } from './places.js'

const good = [
  'a',
  ' ',
  'feature/x',
  '../up',
  'x'.repeat(255),
  'é'.repeat(127),
  '😀',
  '__proto__',
  'heads/main',
  'constructor',
  '%00',
  '.',
  'ｆ',
  '\u00a0',
  '\u200b'
]
const bad = [
  '',
  'x'.repeat(256),
  'é'.repeat(128),
  'a\0b',
  'a\nb',
  '\x7f',
  '\u009f',
  '\ud800',
  'a\udc00'
]

describe.each(places)('over %s', (_place, open) => {
  test.each(good)(
    '%j is a valid name of all three; for a new database, without a slash',
    async (name) => {
      const isForDatabases = !name.includes('/')
      if (!isForDatabases) expect(await failureOf(open({ name }))).toBeInstanceOf(TypeError)
      const db = await open(isForDatabases ? { name } : {})
      if (isForDatabases) expect(db.name).toBe(name)
      const ref = await db.put(1)
      const branch = db.branch(name)
      expect(branch.branchName).toBe(name)
      await branch.setHead(ref)
      expect(branch.head()).toBe(ref)
      await db.setRemoteHead(name, ref)
      expect(await db.remoteHead(name)).toBe(ref)
      expect(Object.keys(await db.branches())).toEqual([name, 'main'].toSorted())
      expect(Object.keys(await db.remotes())).toEqual([name])
    }
  )

  test.each(bad)('%j as any of the names is a TypeError', async (name) => {
    const db = await open()
    const ref = await db.put(1)
    expect(() => createDB({ name })).toThrow(TypeError)
    expect(() => createDB({ branch: name })).toThrow(TypeError)
    expect(() => db.branch(name)).toThrow(TypeError)
    expect(await failureOf(db.remoteHead(name))).toBeInstanceOf(TypeError)
    expect(await failureOf(db.setRemoteHead(name, ref))).toBeInstanceOf(TypeError)
    expect(await failureOf(db.deleteRemote(name))).toBeInstanceOf(TypeError)
    expect(await failureOf(db.deleteBranch(name))).toBeInstanceOf(TypeError)
  })

  test('a database without a given name has a random UUID', async () => {
    const [a, b] = [await open(), await open()]
    const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
    expect(a.name).toMatch(uuid)
    expect(b.name).not.toBe(a.name)
  })

  test('a branch is named after the database, except main', async () => {
    const db = await open({ name: 'db' })
    expect([db.name, db.branchName]).toEqual(['db', 'main'])
    const side = db.branch('side/x')
    expect([side.name, side.branchName]).toEqual(['db/side/x', 'side/x'])
    expect(side.branch('main').name).toBe('db')
    expect(side.branch('other').name).toBe('db/other')
  })

  test('the option branch chooses the branch of the database', async () => {
    const db = await open({ name: 'db', branch: 'dev' })
    expect([db.name, db.branchName]).toEqual(['db/dev', 'dev'])
    const ref = await db.put(1)
    expect({ ...(await db.branches()) }).toEqual({ dev: ref })
  })

  test('branches share revisions and have heads of their own', async () => {
    const db = await open()
    const side = db.branch('side')
    expect(side.head()).toBeNull()
    const a = await db.put('a')
    const b = await side.put('b')
    expect([db.head(), side.head()]).toEqual([a, b])
    expect(await side.get(a)).toBe('a')
    expect(await side.ancestors(b)).toEqual([])
    expect({ ...(await side.branches()) }).toEqual({ main: a, side: b })
  })

  test('a branch without a head does not exist yet', async () => {
    const db = await open()
    db.branch('side')
    expect(Object.keys(await db.branches())).toEqual([])
  })

  test('the objects of branches and remotes have no prototype', async () => {
    const db = await open()
    for (const map of [await db.branches(), await db.remotes()]) {
      expect(Object.getPrototypeOf(map)).toBeNull()
      expect(Object.keys(map)).toEqual([])
    }
  })

  test('remotes are set, moved to refs that are not descendants, and deleted', async () => {
    const db = await open()
    const [a, b] = [await db.put('a', []), await db.put('b', [])]
    expect(await db.remoteHead('r')).toBeNull()
    expect(await db.setRemoteHead('r', a)).toBe(a)
    expect(await db.setRemoteHead('r', b)).toBe(b)
    expect(await db.setRemoteHead('s', a)).toBe(a)
    expect({ ...(await db.remotes()) }).toEqual({ r: b, s: a })
    expect(await db.deleteRemote('r')).toBeUndefined()
    expect(await db.deleteRemote('r')).toBeUndefined()
    expect({ ...(await db.remotes()) }).toEqual({ s: a })
    expect(await db.remoteHead('r')).toBeNull()
    expect(db.head()).toBe(b)
  })

  test('remotes are those of the database, on every branch', async () => {
    const db = await open()
    const ref = await db.put(1)
    await db.branch('side').setRemoteHead('r', ref)
    expect(await db.remoteHead('r')).toBe(ref)
  })

  test('a deleted branch begins anew', async () => {
    const db = await open()
    await db.put('old')
    await db.deleteBranch('main')
    expect([db.head(), await failureOf(db.get())]).toMatchObject([null, { code: 'HISTO_NO_HEAD' }])
    expect(await db.ancestors(await db.put('new'))).toEqual([])
  })
})

test('the name is kept on a path, and another one is a TypeError that names both', async () => {
  const path = folder()
  const first = await opened({ path, name: 'first' })
  await first.close()
  const again = await opened({ path })
  expect(again.name).toBe('first')
  await again.close()
  const error = await failureOf(opened({ path, name: 'second' }))
  expect(error).toBeInstanceOf(TypeError)
  expect(error.message).toContain('first')
  expect(error.message).toContain('second')
  const same = await opened({ path, name: 'first' })
  expect(same.name).toBe('first')
})

test('a random name is also kept on a path', async () => {
  const path = folder()
  const first = await opened({ path })
  const { name } = first
  await first.close()
  expect((await opened({ path })).name).toBe(name)
})
