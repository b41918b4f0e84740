/** Streams into databases over stores that users bring: what is refused, and what it leaves. */

import { describe, expect, test } from 'vitest'
import { createDB, type Revision } from '../../ts/index.js'
import { collect } from '../support/open.js'
import { type Manner, manners, ownManners } from '../support/user-stores.js'

const all = [...manners, ...ownManners]

function empty({ make }: Manner) {
  const { revisionStore, branchStore, texts } = make()
  return { db: createDB<number>({ revisionStore, branchStore }), texts }
}

/** Five revisions in a line, and an empty database over stores of the same manner. */
async function line(manner: Manner) {
  const { db: source } = empty(manner)
  const refs = await source.putMany([1, 2, 3, 4, 5].map((data) => ({ data })))
  const revisions = await collect(source.createStream(refs))
  await source.close()
  return { refs, revisions, ...empty(manner) }
}

type Line = readonly Revision<number>[]

describe.each(all)('over $name', (manner) => {
  test.each([
    ['ancestors first', (revisions: Line) => revisions],
    ['newest first', (revisions: Line) => revisions.toReversed()],
    ['without refs', (revisions: Line) => revisions.map(({ ref: _ref, ...rest }) => rest)]
  ])('a dangling stream, %s, names the ancestor that is nowhere', async (_order, arrange) => {
    const { db, refs, revisions, texts } = await line(manner)
    const dangling = db.writeStream(arrange(revisions.slice(1)))
    await expect(dangling).rejects.toMatchObject({ code: 'HISTO_MISSING_ANCESTOR', ref: refs[0] })
    expect(texts.has(refs[4] ?? '')).toBe(false)
    await db.close()
  })

  test('a forged revision is refused, and so is what descends from it', async () => {
    const { db, refs, revisions } = await line(manner)
    const forged = revisions.map((one) => (one.ref === refs[2] ? { ...one, data: 7 } : one))
    await expect(db.writeStream(forged)).rejects.toMatchObject({
      code: 'HISTO_CORRUPT',
      ref: refs[2]
    })
    expect((await db.has(refs)).slice(2)).toEqual([false, false, false])
    await db.close()
  })
})
