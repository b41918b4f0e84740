/** A last look at a database: all of it is right, and so are a copy, a replica, and what is rescued of it. */

import { expect } from 'vitest'
import { createDB, createSynchronizer, type DB, type Ref, rescue } from '../../../ts/index.js'
import { collect } from '../../support/open.js'
import { readable } from '../../support/operations.js'

/** Looks at all of it, at a copy, and at a replica. */
export async function expectSound(db: DB, plain: DB, refs: readonly Ref[], path: string) {
  expect(await db.verify()).toMatchObject({ ok: true })
  await db.backup(`${path}-copy`)
  const copy = createDB({ path: `${path}-copy`, durability: 'relaxed' })
  expect({ ...(await copy.branches()) }).toEqual({ ...(await plain.branches()) })
  const whole = await readable(plain, refs)
  expect(await copy.getMany(whole)).toEqual(await plain.getMany(whole))
  await copy.close()
  const head = (await plain.branches())[plain.branchName] ?? null
  const replica = createDB()
  await createSynchronizer(db, replica).run()
  expect(await replica.remoteHead(db.name)).toBe(head)
  if (head !== null) {
    const expected = await plain.refDifference(null, head)
    expect((await replica.refDifference(null, head)).toSorted()).toEqual(expected.toSorted())
    const sent = await readable(plain, expected)
    expect(await replica.getMany(sent)).toEqual(await plain.getMany(sent))
  }
  await replica.close()
}

/** A rescue of the file of a closed database returns everything intact, and nothing that was erased. */
export async function expectRescued(plain: DB, refs: readonly Ref[], path: string): Promise<void> {
  const whole = await readable(plain, refs)
  const rescued = new Map((await collect(rescue(path))).map(({ ref, data }) => [ref, data]))
  expect(whole.map((ref) => rescued.get(ref))).toEqual(await plain.getMany(whole))
  const erased = refs.filter((ref) => !whole.includes(ref))
  expect(erased.filter((ref) => rescued.has(ref))).toEqual([])
}
