/** Databases in levels: the conformance suite over `memory-level` and `classic-level`, and reopening. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { MemoryLevel } from 'memory-level'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { levelStores } from '../../ts/level-entry.js'
import { testStores } from '../../ts/store-suite-entry.js'

function folder(): string {
  return mkdtempSync(join(tmpdir(), 'histo-level-'))
}

const supports = {
  del: true,
  idOf: true,
  putMany: true,
  putNamed: true,
  getMany: true,
  revisionKeys: true,
  compareAndSwap: true,
  compareAndSwapMany: true,
  readLog: true,
  forgetLog: true,
  branchKeys: true,
  branchEntries: true
}

describe('memory-level', () => {
  testStores({
    test,
    open: () => {
      const level = new MemoryLevel()
      return { ...levelStores(level), again: () => levelStores(level), close: () => level.close() }
    },
    supports
  })
})

describe('classic-level, a sublevel with other encodings', () => {
  testStores({
    test,
    open: () => {
      const path = folder()
      const level = new ClassicLevel(path)
      const part = level.sublevel<string, unknown>('notes', { valueEncoding: 'json' })
      const close = async () => {
        await level.close()
        rmSync(path, { recursive: true, force: true })
      }
      return {
        ...levelStores(part, { sync: false }),
        again: () => levelStores(part, { sync: false }),
        close
      }
    },
    supports
  })
})

test('a database in a level is still there when the level is opened again', async () => {
  const path = folder()
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  const level = new ClassicLevel(path)
  const db = await createDB<number>(levelStores(level)).ready()
  const refs = await Promise.all([1, 2, 3].map((n) => db.put(n)))
  const { name } = db
  await db.close()
  await level.close()
  const again = new ClassicLevel(path)
  const reopened = await createDB<number>(levelStores(again)).ready()
  expect([reopened.name, reopened.head()]).toEqual([name, refs[2]])
  expect(await reopened.getMany(refs)).toEqual([1, 2, 3])
  await reopened.close()
  await again.close()
})

test('a closed level is HISTO_STORE with the cause, not an empty database', async () => {
  const level = new MemoryLevel()
  const db = await createDB<number>(levelStores(level)).ready()
  const ref = await db.put(1)
  await level.close()
  await expect(db.get(ref)).rejects.toMatchObject({
    code: 'HISTO_STORE',
    cause: { code: 'LEVEL_DATABASE_NOT_OPEN' }
  })
  await expect(createDB(levelStores(level)).ready()).rejects.toMatchObject({ code: 'HISTO_STORE' })
  await db.close()
})

test('updates through several views of one sublevel lose nothing', async () => {
  const level = new MemoryLevel()
  const views = [
    level.sublevel('notes').sublevel('mine'),
    level.sublevel('notes').sublevel('mine'),
    level.sublevel(['notes', 'mine'], { valueEncoding: 'json' })
  ]
  const databases = views.map((view) => createDB<number>(levelStores(view)))
  await databases[0]?.put(0)
  await Promise.all(
    databases.map(async (db) => {
      for (let n = 0; n < 50; n += 1) await db.update((data) => (data ?? 0) + 1)
    })
  )
  expect(await databases[0]?.get()).toBe(150)
  const other = createDB<number>(levelStores(level.sublevel('mine')))
  expect((await other.ready()).head()).toBeNull()
  await Promise.all([...databases, other].map((db) => db.close()))
  await level.close()
})

test.each([
  [undefined, undefined],
  [{}, undefined],
  [new MemoryLevel(), { sync: 1 }]
])('levelStores(%o, %o) is a TypeError', (level, options) => {
  expect(() => levelStores(level as never, options as never)).toThrow(TypeError)
})
