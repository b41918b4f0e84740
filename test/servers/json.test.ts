/** Merges, differences and changes of data as JSON are the same over each kind of database. */

import { MemoryLevel } from 'memory-level'
import { describe, expect, test } from 'vitest'
import { createDB, type DB } from '../../ts/index.js'
import { levelStores } from '../../ts/level-entry.js'
import { postgresStores } from '../../ts/postgres-entry.js'
import { isThere, poolOf, schemaOf } from './postgres.js'

const kinds: readonly (readonly [string, () => DB<unknown>])[] = [
  ['an embedded one', () => createDB()],
  ['a level', () => createDB(levelStores(new MemoryLevel()))],
  ['PostgreSQL', () => createDB(postgresStores(poolOf(), { schema: schemaOf() }))]
]

const row = (id: number, x = 0) => ({ id, x })

/** A fork that is merged, and what is reported about it. */
async function story(db: DB<unknown>) {
  const root = await db.put({ rows: [row(1), row(2), row(3)], title: 'a' })
  const theirs = await db.put({ rows: [row(3), row(1), row(2)], title: 'a' }, [root])
  await db.put({ rows: [row(1), row(2), row(3, 5)], title: 'b' }, [root])
  const { ref } = await db.merge(theirs, 'json')
  const changes: unknown[] = []
  for await (const change of db.changes('/title')) changes.push(change)
  const conflict = await db.put({ title: 'c' }, [root])
  await db.setHead(ref)
  const error: unknown = await db.merge(conflict, 'json').catch((failure: unknown) => failure)
  return {
    merged: await db.revision(ref),
    patch: await db.diff(root, ref),
    nothing: await db.diff(null, theirs),
    changes,
    conflicts: (error as { conflicts?: unknown }).conflicts,
    head: db.head()
  }
}

describe.runIf(isThere)('over each kind', () => {
  test.each(kinds)('%s tells the same', async (_kind, open) => {
    const [plain, other] = [createDB<unknown>(), open()]
    const told = await story(other)
    expect(told).toEqual(await story(plain))
    expect(told.merged.data).toEqual({ rows: [row(3, 5), row(1), row(2)], title: 'b' })
    expect(told.changes).toHaveLength(2)
    expect(told.conflicts).toHaveLength(2)
    expect(told.head).toBe(told.merged.ref)
    await Promise.all([plain.close(), other.close()])
  })
})
