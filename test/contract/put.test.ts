/** put, get, getMany, revision, has, ancestors, head: what is written comes back, and where. */

import { describe, expect, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { failureOf, folder, opened, places, refOf, unknownRef } from './places.js'

describe.each(places)('over %s', (place, open) => {
  test('put returns the ref that the contract defines, and the head moves to it', async () => {
    const db = await open()
    const ref = await db.put({ a: 1 })
    expect(ref).toBe(refOf({ a: 1 }))
    expect(db.head()).toBe(ref)
  })

  test('put without ancestors follows the head', async () => {
    const db = await open()
    const first = await db.put('first')
    const second = await db.put('second')
    expect(second).toBe(refOf('second', [first]))
    expect(await db.ancestors(second)).toEqual([first])
  })

  test('put with no ancestors begins a history, and the head moves wherever it was', async () => {
    const db = await open()
    await db.put('first')
    const root = await db.put('root', [])
    expect(await db.ancestors(root)).toEqual([])
    expect(db.head()).toBe(root)
  })

  test('ancestors are returned in the order they were given', async () => {
    const db = await open()
    const refs = [await db.put('a', []), await db.put('b', []), await db.put('c', [])]
    for (const order of [refs, refs.toReversed()]) {
      const ref = await db.put('joined', order)
      expect(ref).toBe(refOf('joined', order))
      expect(await db.ancestors(ref)).toEqual(order)
    }
  })

  test('putting the same revision twice makes one revision, and the head moves to it', async () => {
    const db = await open()
    const first = await db.put('same', [])
    await db.put('other')
    expect(await db.put('same', [])).toBe(first)
    expect(db.head()).toBe(first)
  })

  test('moveHead false leaves the head alone and still follows it', async () => {
    const db = await open()
    const head = await db.put('head')
    const side = await db.put('side', { moveHead: false })
    expect(db.head()).toBe(head)
    expect(await db.revision(side)).toEqual({ ref: side, ancestors: [head], data: 'side' })
  })

  test('moveHead false on an empty database leaves it without a head', async () => {
    const db = await open()
    const ref = await db.put('side', undefined, { moveHead: false })
    expect(db.head()).toBeNull()
    expect(await db.get(ref)).toBe('side')
  })

  test('get and revision without a ref read the head', async () => {
    const db = await open()
    const first = await db.put('first')
    const ref = await db.put('second')
    expect(await db.get()).toBe('second')
    expect(await db.revision()).toEqual({ ref, ancestors: [first], data: 'second' })
  })

  test.each(['get', 'revision'] as const)('%s without a head is HISTO_NO_HEAD', async (member) => {
    const db = await open()
    expect(await failureOf(db[member]())).toMatchObject({
      name: 'HistoError',
      code: 'HISTO_NO_HEAD',
      retryable: false
    })
  })

  test('getMany returns data in order, the same ref twice too, and nothing for no refs', async () => {
    const db = await open()
    const a = await db.put({ n: 1 })
    const b = await db.put(new Uint8Array([2]))
    expect(await db.getMany([b, a, b])).toEqual([
      new Uint8Array([2]),
      { n: 1 },
      new Uint8Array([2])
    ])
    expect(await db.getMany([])).toEqual([])
  })

  test('getMany of much data returns it in order, bytes too', async () => {
    const db = await open()
    const all = Array.from({ length: 700 }, (_, n) =>
      n % 99 === 0 ? new Uint8Array([n % 256]) : { n, text: 'é"\\'.repeat(n % 300) }
    )
    const big = { text: 'x'.repeat(1 << 18) }
    const given = [...all, big, 1, ...all.slice(0, 10)]
    const refs = await db.putMany(given.map((data) => ({ data })))
    expect(await db.getMany(refs)).toEqual(given)
    expect(await db.getMany([refs[700] as string])).toEqual([big])
  })

  test('getMany of a ref that is not there is HISTO_NOT_FOUND and names it', async () => {
    const db = await open()
    const a = await db.put(1)
    const error = await failureOf(db.getMany([a, unknownRef]))
    expect(error).toMatchObject({ code: 'HISTO_NOT_FOUND', ref: unknownRef })
  })

  test('has returns a result for each ref, whatever its form', async () => {
    const db = await open()
    const a = await db.put(1)
    const shapes = [a, unknownRef, '', 'x', a.toUpperCase(), `${a}00`, a.slice(1), '__proto__']
    const answers = [true, false, false, false, false, false, false, false]
    expect(await db.has(shapes)).toEqual(answers)
    expect(await db.has([])).toEqual([])
  })

  test.each(['', 'x', 'A'.repeat(64), 'é', '__proto__', unknownRef, `${unknownRef} `])(
    'every read of the ref %j, which does not exist, is HISTO_NOT_FOUND',
    async (ref) => {
      const db = await open()
      const head = await db.put(1)
      const calls = [
        () => db.get(ref),
        () => db.revision(ref),
        () => db.ancestors(ref),
        () => db.setHead(ref),
        () => db.setRemoteHead('remote', ref),
        () => db.refDifference(null, ref),
        () => db.refDifference(ref, head),
        () => db.refDifference([head, ref], head),
        () => db.commonAncestor(ref),
        () => db.mergeBases(head, ref),
        () => db.isAncestor(ref, ref),
        () => db.merge(ref, () => 1)
      ]
      for (const call of calls) {
        const error = await failureOf(call())
        expect(error, call.toString()).toMatchObject({ code: 'HISTO_NOT_FOUND', ref })
        expect(error.message).toContain(ref)
      }
      expect(db.head()).toBe(head)
    }
  )

  test.each(['x', 'A'.repeat(64), unknownRef])(
    'the ancestor %j, which does not exist, is HISTO_MISSING_ANCESTOR, and nothing is written',
    async (ancestor) => {
      const db = await open()
      const head = await db.put('head')
      const error = await failureOf(db.put('child', [head, ancestor]))
      expect(error).toMatchObject({ code: 'HISTO_MISSING_ANCESTOR', ref: ancestor })
      expect(error.message).toContain(ancestor)
      expect(db.head()).toBe(head)
      expect(await db.has([refOf('child', [head, ancestor])])).toEqual([false])
    }
  )

  test('head with a callback and head without one agree', async () => {
    const db = await open()
    const ask = () => new Promise((resolve) => db.head((_error, ref) => resolve(ref)))
    expect([db.head(), await ask()]).toEqual([null, null])
    const ref = await db.put(1)
    expect([db.head(), await ask()]).toEqual([ref, ref])
  })

  test('nothing of a put is visible before it is acknowledged', async () => {
    const db = await open()
    const first = await db.put('first')
    const put = db.put('second')
    const seen = db.head()
    const ref = await put
    expect(seen).toBe(place === 'memory' ? ref : first) // in memory it is there when put returns
    expect(db.head()).toBe(ref)
  })
})

test('on a path head is HISTO_NOT_READY before it is known and names ready()', async () => {
  const db = createDB({ path: folder() })
  let error: unknown
  try {
    db.head()
  } catch (thrown) {
    error = thrown
  }
  await db.close()
  expect(error).toMatchObject({
    code: 'HISTO_NOT_READY',
    message: expect.stringContaining('ready()')
  })
})

test('everything on a path is there after reopening, also with odd characters in the path', async () => {
  const path = `${folder()}/ä 😀 %20/deep/er`
  const db = await opened({ path })
  const refs = [await db.put({ a: 1 }), await db.put(new Uint8Array([1, 2]))]
  await db.setRemoteHead('origin', refs[0] ?? '')
  await db.branch('side').setHead(refs[0] ?? '')
  const before = [db.name, db.head(), { ...(await db.branches()) }, { ...(await db.remotes()) }]
  await db.close()
  const again = await opened({ path })
  expect(await again.getMany(refs)).toEqual([{ a: 1 }, new Uint8Array([1, 2])])
  const after = [
    again.name,
    again.head(),
    { ...(await again.branches()) },
    { ...(await again.remotes()) }
  ]
  expect(after).toEqual(before)
})
