/** `history`: revisions newest first, lazily. */

import { expect, test } from 'vitest'
import { collect, fork, openPlain, unknownRef } from '../support/open.js'

async function forked() {
  const db = openPlain<string>()
  const refs = await fork(db, 'base', 'left', 'right')
  const joined = await db.put('joined', [refs.right, refs.left])
  return { db, ...refs, joined }
}

test('starts at the head and has no revision before its descendants', async () => {
  const { db, base, joined, left, right } = await forked()
  const revisions = await collect(db.history())
  const refs = revisions.map(({ ref }) => ref)
  expect(revisions[0]).toEqual({ ref: joined, ancestors: [right, left], data: 'joined' })
  expect(refs.slice(1, 3).toSorted()).toEqual([left, right].toSorted())
  expect(refs.slice(3)).toEqual([base])
})

test('starts at a ref that is given', async () => {
  const { db, left } = await forked()
  const data = (await collect(db.history(left))).map((revision) => revision.data)
  expect(data).toEqual(['left', 'base'])
})

test('leaves out what until reaches, a ref or several', async () => {
  const { db, left, right } = await forked()
  const dataUntil = async (until: string | string[]) =>
    (await collect(db.history({ until }))).map(({ data }) => data)
  expect(await dataUntil(left)).toEqual(['joined', 'right'])
  expect(await dataUntil([left, right])).toEqual(['joined'])
})

test.each([0, 1, 3, 9, Number.POSITIVE_INFINITY])('answers at most %d', async (limit) => {
  const { db } = await forked()
  expect(await collect(db.history({ limit }))).toHaveLength(Math.min(limit, 4))
})

test('is empty on a branch without a head', async () => {
  expect(await collect(openPlain().history())).toEqual([])
})

test('a ref that is not there is HISTO_NOT_FOUND when it is iterated', async () => {
  const { db } = await forked()
  const history = db.history(unknownRef)
  await expect(history.next()).rejects.toMatchObject({ code: 'HISTO_NOT_FOUND' })
})

test('can be left early', async () => {
  const { db } = await forked()
  const seen: string[] = []
  for await (const { data } of db.history()) {
    seen.push(data)
    break
  }
  expect(seen).toEqual(['joined'])
})
