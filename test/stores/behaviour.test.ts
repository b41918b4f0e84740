/** Databases over every manner of store: the same answers from all. */

import { describe, expect, test } from 'vitest'
import { createDB, createSynchronizer, type DB } from '../../ts/index.js'
import { type Kept, type Manner, manners, ownManners } from '../support/user-stores.js'

const all = [...manners, ...ownManners]

async function open<T>({ make }: Manner, kept?: Kept) {
  const { revisionStore, branchStore, ...told } = make(kept)
  const db = await createDB<T>({ revisionStore, branchStore }).ready()
  return { db, ...told }
}

async function fork(db: DB<string>) {
  const base = await db.put('base')
  const left = await db.put('left', [base])
  const right = await db.put('right', [base])
  return { base, left, right }
}

describe.each(all)('over $name', (manner) => {
  test('a revision comes back as it was put, with its ancestors', async () => {
    const { db, texts } = await open<unknown>(manner)
    const first = await db.put({ b: 1, a: [true, null, 'ü'] })
    const second = await db.put(new Uint8Array([1, 2, 3]))
    expect(await db.get(first)).toEqual({ a: [true, null, 'ü'], b: 1 })
    expect(await db.revision()).toEqual({
      ref: second,
      ancestors: [first],
      data: new Uint8Array([1, 2, 3])
    })
    expect(await db.has([first, 'x', '', second])).toEqual([true, false, false, true])
    expect(texts.get(first)).toBe('{"ancestors":[],"data":{"a":[true,null,"ü"],"b":1}}')
    await db.close()
  })

  test('the head is null at first, then the last put', async () => {
    const { db } = await open<number>(manner)
    expect(db.head()).toBeNull()
    const ref = await db.put(1)
    expect(db.head()).toBe(ref)
    await db.close()
  })

  test('a database that is opened again has its name and its head', async () => {
    const { db, texts, values } = await open<number>(manner)
    const ref = await db.put(1)
    const { name } = db
    await db.close()
    const { db: again } = await open<number>(manner, { texts, values })
    expect([again.name, again.head()]).toEqual([name, ref])
    expect(await again.get()).toBe(1)
    await again.close()
  })

  test('puts that nobody awaits form one chain in the order of the calls', async () => {
    const { db } = await open<number>(manner)
    const refs = await Promise.all(Array.from({ length: 20 }, (_, n) => db.put(n)))
    expect(db.head()).toBe(refs.at(-1))
    const history = []
    for await (const { data } of db.history()) history.push(data)
    expect(history).toEqual(Array.from({ length: 20 }, (_, n) => 19 - n))
    await db.close()
  })

  test('a compare-and-swap that meets another head is a conflict', async () => {
    const { db } = await open<string>(manner)
    const { base, left, right } = await fork(db)
    await expect(db.setHead(left, base)).rejects.toMatchObject({
      code: 'HISTO_HEAD_CONFLICT',
      message: 'head conflict',
      head: right,
      expected: base
    })
    expect(await db.setHead(left, right)).toBe(left)
    await db.close()
  })

  test('update and merge', async () => {
    const { db } = await open<string>(manner)
    const { left, right } = await fork(db)
    const merged = await db.merge(left, ({ base, ours, theirs }) => [base, ours, theirs].join())
    expect(await db.ancestors(merged.ref)).toEqual([right, left])
    const updates = Array.from({ length: 5 }, () => db.update((data) => `${data}!`))
    await Promise.all(updates)
    expect(await db.get()).toBe('base,right,left!!!!!')
    await db.close()
  })

  test('questions to the graph', async () => {
    const { db } = await open<string>(manner)
    const { base, left, right } = await fork(db)
    expect(await db.commonAncestor(left, right)).toBe(base)
    expect(await db.mergeBases(left)).toEqual([base])
    expect(await db.isAncestor(base, left)).toBe(true)
    expect(await db.isAncestor(left, right)).toBe(false)
    expect(await db.refDifference(left, right)).toEqual([right])
    await expect(db.isAncestor('x', right)).rejects.toMatchObject({ code: 'HISTO_NOT_FOUND' })
    await db.close()
  })

  test('branches and remotes are listed and deleted, and revisions stay', async () => {
    const { db, deleted } = await open<string>(manner)
    const { base, left, right } = await fork(db)
    const side = db.branch('side')
    await side.setHead(left)
    await db.setRemoteHead('far/away', base)
    expect({ ...(await db.branches()) }).toEqual({ main: right, side: left })
    expect({ ...(await db.remotes()) }).toEqual({ 'far/away': base })
    await db.deleteBranch('side')
    await db.deleteRemote('far/away')
    expect([side.head(), await db.remoteHead('far/away')]).toEqual([null, null])
    expect(await db.get(left)).toBe('left')
    expect(deleted).toEqual([])
    await db.close()
  })

  test('an ancestor that is not there is HISTO_MISSING_ANCESTOR, and nothing is written', async () => {
    const { db, texts } = await open<number>(manner)
    const items = [{ data: 1 }, { data: 2, ancestors: ['x'] }]
    await expect(db.putMany(items)).rejects.toMatchObject({
      code: 'HISTO_MISSING_ANCESTOR',
      ref: 'x'
    })
    expect([db.head(), texts.size]).toEqual([null, 0])
    await db.close()
  })

  test('a stream in any order is written', async () => {
    const { db } = await open<string>(manner)
    const { base, left, right } = await fork(db)
    const { db: copy } = await open<string>(manner)
    await copy.writeStream(db.createStream([right, left, base]))
    expect(await copy.getMany([base, left, right])).toEqual(['base', 'left', 'right'])
    expect(copy.head()).toBeNull()
    await db.close()
    await copy.close()
  })
})

test.each(manners)(
  'an embedded database takes the history of $name and gives it back',
  async (m) => {
    const { db } = await open<string>(m)
    const { left, right } = await fork(db)
    await db.merge(left, () => 'merged')
    await using embedded = await createDB<string>().ready()
    const there = await createSynchronizer(db, embedded).run()
    expect(there).toMatchObject({ head: db.head(), revisions: 4 })
    expect(await embedded.mergeBases(left, right)).toEqual(await db.mergeBases(left, right))
    const { db: copy } = await open<string>(m)
    await embedded.setHead(there.head ?? '')
    await createSynchronizer(embedded, copy).run()
    expect(await copy.remoteHead(embedded.name)).toBe(there.head)
    await db.close()
    await copy.close()
  }
)

test.each(manners.filter(({ atOnce }) => atOnce))(
  'over $name name and head are known at once',
  async ({ make }) => {
    const { revisionStore, branchStore } = make()
    await using db = createDB<number>({ revisionStore, branchStore, name: 'fixture' })
    expect([db.name, db.head()]).toEqual(['fixture', null])
  }
)

test('with an asynchronous store the head is not known before ready()', async () => {
  const { revisionStore, branchStore } = (manners[1] as Manner).make()
  await using db = createDB<number>({ revisionStore, branchStore })
  expect(() => db.head()).toThrow(expect.objectContaining({ code: 'HISTO_NOT_READY' }))
  await db.ready()
  expect(db.head()).toBeNull()
})
