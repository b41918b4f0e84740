/**
 * One path opened several times in one process is one store.
 *
 * Checked to fail: where each opening is taken for the first (`join` in `crates/node/src/threads/registry.rs`) the second is
 * refused, by each spelling.
 */

import { linkSync, mkdirSync, symlinkSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { folder } from './children.js'

const spellings: [string, (path: string, other: string) => string][] = [
  ['the same path', (path) => path],
  ['a path with dots', (path) => `${path}/../db/./`],
  ['a relative path', (path) => relative(process.cwd(), path)],
  [
    'a symlink',
    (path, other) => {
      symlinkSync(path, other)
      return other
    }
  ],
  [
    'a folder with a hard link to its file',
    (path, other) => {
      mkdirSync(other)
      linkSync(join(path, 'data.mdb'), join(other, 'data.mdb'))
      return other
    }
  ]
]

test.each(spellings)('opened twice by %s, both see each other', async (_what, spell) => {
  const root = folder()
  const path = join(root, 'db')
  mkdirSync(path)
  const one = await createDB<string>({ path }).ready()
  const two = await createDB<string>({ path: spell(path, join(root, 'link')) }).ready()
  expect(two.name).toBe(one.name)
  const a = await one.put('a')
  expect(two.head()).toBe(a)
  const b = await two.put('b')
  expect(await two.ancestors(b)).toEqual([a])
  expect(one.head()).toBe(b)
  await one.close()
  expect(await two.ancestors(await two.put('c'))).toEqual([b])
  await two.close()
  await using again = createDB<string>({ path })
  expect(await again.get()).toBe('c')
})

test('puts of both at the same time are one history', async () => {
  const path = folder()
  await using one = await createDB<number>({ path }).ready()
  await using two = await createDB<number>({ path }).ready()
  const puts = Array.from({ length: 100 }, (_, n) => (n % 2 === 0 ? one : two).put(n))
  const refs = await Promise.all(puts)
  const reachable = await one.refDifference(null, two.head() ?? '')
  expect(new Set(reachable)).toEqual(new Set(refs))
})

test('opened twice at once before either is ready', async () => {
  const path = folder()
  const dbs = Array.from({ length: 10 }, () => createDB<number>({ path }))
  await Promise.all(dbs.map((db) => db.update((n) => (n ?? 0) + 1)))
  expect(await dbs[0]?.get()).toBe(10)
  await Promise.all(dbs.map((db) => db.close()))
})

test('another name for a path that is open is a TypeError, and the open one goes on', async () => {
  const path = folder()
  await using one = await createDB({ path, name: 'one' }).ready()
  const two = createDB({ path, name: 'two' })
  await expect(two.ready()).rejects.toThrow(TypeError)
  await two.close()
  expect(await one.put(1)).toHaveLength(64)
})
