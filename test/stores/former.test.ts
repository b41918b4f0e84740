/** Databases over stores that the package of 2013 wrote: read, gone on with, verified, and moved into an embedded one. */

import { expect, onTestFinished, test } from 'vitest'
import { createDB, refOf } from '../../ts/index.js'
import { formerStores } from '../support/former.js'
import { collect } from '../support/open.js'

/** The data of one line of history, oldest first. */
const line = [
  { title: 'plain' },
  { family: '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}' },
  { 'می\u200cخواهم': 'می\u200cروم', '\u0600x': '\u0600' },
  'so\u00adft \u2028 \ufeff \uffff \u007f \u0001 \\u200d "'
]

/** Those, then two beside each other, one without data, and a merge that names one of them twice. */
function filled() {
  const stores = formerStores()
  const refs: string[] = []
  for (const data of line) refs.push(stores.write(data, refs.slice(-1)))
  const tip = refs.slice(-1)
  const left = stores.write(undefined, tip)
  const right = stores.write({ right: '\u2060' }, tip)
  const merge = stores.write('merge', [left, right, left])
  stores.values.set('local', merge)
  const { revisionStore, branchStore } = stores
  const db = createDB<unknown>({ revisionStore, branchStore } as never)
  onTestFinished(() => db.close())
  return { ...stores, db, refs: [...refs, left, right, merge], left, right, merge }
}

test('texts of 2013 with escapes, without data or with duplicate ancestors are read', async () => {
  const { db, texts, refs, left, right, merge } = filled()
  expect(texts.get(refs[1] ?? '')).toContain('\\u200d')
  await db.setHead(merge, null)
  expect(await db.getMany(refs)).toEqual([...line, null, { right: '\u2060' }, 'merge'])
  expect(await db.get(left)).toBeNull()
  expect(await db.revision(merge)).toEqual({ ref: merge, ancestors: [left, right], data: 'merge' })
  expect(await db.ancestors(merge)).toEqual([left, right])
  expect((await db.refDifference(null, merge)).toSorted()).toEqual(refs.toSorted())
  expect(await db.mergeBases(left, right)).toEqual([refs[3]])
  expect((await collect(db.history())).map(({ ref }) => ref)).toHaveLength(refs.length)
  expect(await db.has(refs)).toEqual(refs.map(() => true))
})

test('such a database can be continued and verified', async () => {
  const { db, texts, refs, merge } = filled()
  await db.setHead(merge, null)
  const next = await db.put('so\u00adft')
  expect(texts.get(next)).toBe(`{"ancestors":["${merge}"],"data":"so\u00adft"}`)
  expect(await db.verify()).toMatchObject({ ok: true, revisions: refs.length + 1 })
  texts.set(merge, (texts.get(merge) ?? '').replace('merge', 'forged'))
  expect(await db.verify()).toMatchObject({ ok: false, damaged: [merge] })
})

test('such a database moves whole into an embedded one', async () => {
  const { db: old, values, refs, merge } = filled()
  await old.setHead(values.get('local') ?? '', null)
  await using db = createDB<unknown>()
  const moved = new Map<string, string>()
  for (const ref of (await old.refDifference(null, merge)).toReversed()) {
    const { ancestors, data } = await old.revision(ref)
    const parents = ancestors.map((ancestor) => moved.get(ancestor) ?? '')
    moved.set(ref, await db.put(data, parents, { moveHead: false }))
  }
  await db.setHead(moved.get(merge) ?? '', null)
  expect(moved.size).toBe(refs.length)
  for (const [from, to] of moved) {
    const [was, is] = [await old.revision(from), await db.revision(to)]
    expect(is.data).toEqual(was.data)
    expect(is.ancestors).toEqual(was.ancestors.map((ancestor) => moved.get(ancestor)))
  }
  expect(await db.refDifference(null, db.head() ?? '')).toHaveLength(refs.length)
  expect(await db.verify()).toMatchObject({ ok: true })
})

test.each([
  ['{"ancestors":[],"data":"\\u200d"}'],
  ['{"ancestors":[]}'],
  ['{"ancestors":["a","a"],"data":1}']
])('where ids are the built-in refs, %s is HISTO_CORRUPT', async (text) => {
  const stores = formerStores()
  const revisionStore = { ...stores.revisionStore, idOf: refOf }
  stores.texts.set('x', text)
  await using db = createDB({ revisionStore, branchStore: stores.branchStore } as never)
  await expect(db.get('x')).rejects.toMatchObject({ code: 'HISTO_CORRUPT', ref: 'x' })
  await expect(db.refDifference(null, 'x')).rejects.toMatchObject({ code: 'HISTO_CORRUPT' })
})
