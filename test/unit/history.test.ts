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

test('firstParent follows first ancestors alone', async () => {
  const { db, joined, right, base } = await forked()
  const walked = await collect(db.history({ firstParent: true }))
  expect(walked.map(({ ref }) => ref)).toEqual([joined, right, base])
  expect(walked[1]).toEqual(await db.revision(right))
})

test.each([0, 1, 255, 256, 257, 600])(
  'firstParent leaves out what until reaches, also over a merge, %d revisions down',
  async (depth) => {
    const db = openPlain<number>()
    const chain = await db.putMany(Array.from({ length: 700 }, (_item, data) => ({ data })))
    const fromTip = chain.toReversed()
    const bound = fromTip[depth] ?? ''
    const aside = await db.put(-1, [bound], { moveHead: false })
    const named = fromTip.slice(0, depth)
    for (const until of [bound, aside, [aside, fromTip[650] ?? '']]) {
      const walked = await collect(db.history({ firstParent: true, until }))
      expect(walked.map(({ ref }) => ref)).toEqual(named)
    }
  }
)

test.each([false, true])(
  'data: false leaves the data out, with firstParent %s',
  async (firstParent) => {
    const { db } = await forked()
    const whole = await collect(db.history({ firstParent }))
    const headers = await collect(db.history({ firstParent, data: false }))
    expect(headers).toEqual(whole.map(({ ref, ancestors }) => ({ ref, ancestors })))
  }
)

test('firstParent ends at limit', async () => {
  const db = openPlain<number>()
  await db.putMany(Array.from({ length: 600 }, (_item, data) => ({ data })))
  for (const limit of [0, 1, 256, 257, 600, 601]) {
    const walked = await collect(db.history({ firstParent: true, limit }))
    expect(walked).toHaveLength(Math.min(limit, 600))
  }
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
