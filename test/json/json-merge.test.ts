/** `'json'` and `jsonMerge` in `merge`, `pull` and `push`, and virtual bases. */

import { describe, expect, test } from 'vitest'
import { createDB, type DB, HistoError } from '../../ts/index.js'
import { jsonMerge, type MergeConflict, merge3 } from '../../ts/json-entry.js'
import { inProcess, kinds } from '../http/servers.js'
import { failureOf } from '../support/open.js'

/** Two revisions from one; the head is ours. */
async function forked<T>(db: DB<unknown>, base: T, ours: T, theirs: T) {
  const root = await db.put(base, [])
  const there = await db.put(theirs, [root])
  const here = await db.put(ours, [root])
  return { root, here, there }
}

describe.each(kinds)('over %s', (_kind, open) => {
  test("'json' merges what each side changed", async () => {
    const db = await open('one')
    const { there, here } = await forked<object>(db, { a: 1, b: 1 }, { a: 2, b: 1 }, { a: 1, c: 3 })
    const { kind, ref } = await db.merge(there, 'json')
    expect(kind).toBe('merge')
    expect(await db.revision(ref)).toEqual({ ref, ancestors: [here, there], data: { a: 2, c: 3 } })
  })

  test('a conflict is HISTO_CONFLICT with both values, and nothing has moved', async () => {
    const db = await open('one')
    const { there, here } = await forked<object>(
      db,
      { a: { x: 1 } },
      { a: { x: 2 } },
      { a: { x: 3 } }
    )
    const error = await failureOf(db.merge(there, 'json'))
    expect(error).toBeInstanceOf(HistoError)
    expect(error).toMatchObject({ code: 'HISTO_CONFLICT', retryable: false })
    expect((error as HistoError).conflicts).toEqual([
      { path: '/a/x', kind: 'both modified', base: 1, ours: 2, theirs: 3 }
    ])
    expect((error as Error).message).toContain("'/a/x'")
    expect(await db.get()).toEqual({ a: { x: 2 } })
    expect(db.head()).toBe(here)
  })

  test('onConflict settles conflicts: ours, theirs, or what a function gives', async () => {
    const base = {
      rows: [
        { id: 1, x: 0 },
        { id: 2, x: 0 },
        { id: 3, x: 0 }
      ],
      n: 0
    }
    const ours = {
      rows: [
        { id: 2, x: 5 },
        { id: 3, x: 5 }
      ],
      n: 1
    }
    const theirs = {
      rows: [
        { id: 1, x: 7 },
        { id: 2, x: 7 }
      ],
      n: 2
    }
    const settled = async (
      onConflict: NonNullable<Parameters<typeof jsonMerge>[0]>['onConflict']
    ) => {
      const db = await open('one')
      const { there } = await forked<object>(db, base, ours, theirs)
      await db.merge(there, jsonMerge({ onConflict }))
      return await db.get()
    }
    expect(await settled('ours')).toEqual(ours)
    expect(await settled('theirs')).toEqual(theirs)
    const seen: MergeConflict[] = []
    const data = await settled(async (conflict) => {
      await Promise.resolve()
      seen.push(conflict)
      return conflict.kind === 'both modified'
        ? Number(conflict.ours) + Number(conflict.theirs)
        : undefined
    })
    expect(data).toEqual({ rows: [{ id: 2, x: 12 }], n: 3 })
    expect(seen.map(({ path, kind }) => [path, kind])).toEqual([
      ['/n', 'both modified'],
      ['/rows/0', 'deleted by us'],
      ['/rows/0/x', 'both modified'],
      ['/rows/1', 'deleted by them']
    ])
    await expect(settled(() => Promise.reject(new Error('of the user')))).rejects.toThrow(
      'of the user'
    )
  })

  test('histories that share nothing are merged as added', async () => {
    const db = await open('one')
    const there = await db.put({ a: 1 }, [])
    await db.put({ b: 2 }, [])
    await db.merge(there, 'json')
    expect(await db.get()).toEqual({ a: 1, b: 2 })
  })

  test('binary data that both changed is a conflict, otherwise the changed one is taken', async () => {
    const db = await open('one')
    const [base, ours, theirs] = [1, 2, 3].map((byte) => new Uint8Array([byte]))
    const { there } = await forked(db, base, ours, theirs)
    const error = await failureOf(db.merge(there, 'json'))
    expect((error as HistoError).conflicts).toEqual([
      { path: '', kind: 'both modified', base, ours, theirs }
    ])
    const other = await open('two')
    const same = await forked<unknown>(other, { a: 1 }, { a: 1 }, theirs)
    await other.merge(same.there, 'json')
    expect(await other.get()).toEqual(theirs)
  })

  test('bases that crossed are merged into a virtual one', async () => {
    const db = await open('one')
    const root = await db.put({ a: 0, b: 0, c: 0, d: 0 }, [])
    const left = await db.put({ a: 1, b: 0, c: 0, d: 0 }, [root])
    const right = await db.put({ a: 0, b: 1, c: 0, d: 0 }, [root])
    const there = await db.put({ a: 1, b: 1, c: 0, d: 1 }, [right, left])
    await db.put({ a: 1, b: 1, c: 1, d: 0 }, [left, right])
    let virtual: unknown
    const refs: unknown[] = []
    await db.merge(there, async (input) => {
      virtual = await input.virtualBase()
      refs.push(input.refs.ours, input.refs.theirs)
      expect(input.refs.bases).toEqual([left, right].toSorted())
      return merge3(virtual, input.ours, input.theirs).data
    })
    expect(virtual).toEqual({ a: 1, b: 1, c: 0, d: 0 })
    expect(refs).toContain(there)
    expect(await db.get()).toEqual({ a: 1, b: 1, c: 1, d: 1 })
  })

  test('a ladder of crossed merges is merged to the end, conflicts below it or not', async () => {
    const db = await open('one')
    let [left, right] = [
      await db.put({ n: 0, l: 0, r: 0 }, []),
      await db.put({ n: 1, l: 0, r: 0 }, [])
    ]
    for (let rung = 1; rung < 30; rung += 1) {
      const next = await db.put({ n: rung, l: rung, r: rung - 1 }, [left, right])
      right = await db.put({ n: -rung, l: rung - 1, r: rung }, [right, left])
      left = next
    }
    await db.put({ n: 5, l: 100, r: 29 }, [left, right])
    const there = await db.put({ n: 5, l: 29, r: 100 }, [right, left])
    await db.merge(there, jsonMerge({ onConflict: 'ours' }))
    expect(await db.get()).toMatchObject({ n: 5 })
  })

  test('pull and push merge as JSON, over HTTP too', async () => {
    const server = await open('server')
    const remote = inProcess(server)
    const [one, two] = [await open('one'), await open('two')]
    await one.put({ list: [{ id: 'a', n: 0 }] })
    await one.push(remote)
    await two.pull(remote, { resolve: 'json' })
    await one.put({
      list: [
        { id: 'a', n: 1 },
        { id: 'b', n: 0 }
      ]
    })
    await two.put({
      list: [
        { id: 'c', n: 0 },
        { id: 'a', n: 0 }
      ],
      title: 'x'
    })
    await one.push(remote, { resolve: 'json' })
    await two.push(remote, { resolve: 'json' })
    await one.pull(remote, { resolve: 'json' })
    const data = {
      list: [
        { id: 'c', n: 0 },
        { id: 'a', n: 1 },
        { id: 'b', n: 0 }
      ],
      title: 'x'
    }
    for (const db of [one, two, server]) expect(await db.get()).toEqual(data)
    await one.put({ title: 1 })
    await two.put({ title: 2 })
    await one.push(remote)
    const before = two.head()
    const error = await failureOf(two.pull(remote, { resolve: 'json' }))
    expect(error).toMatchObject({ code: 'HISTO_CONFLICT' })
    expect(two.head()).toBe(before)
  })

  test('data by keys and equal changes are merged as the options say', async () => {
    const db = await open('one')
    const { there } = await forked<object>(db, { n: 1 }, { n: 2, x: 0 }, { n: 2 })
    const resolve = jsonMerge({ equalChanges: 'conflict' })
    expect(await failureOf(db.merge(there, resolve))).toMatchObject({ code: 'HISTO_CONFLICT' })
    const rows = await open('two')
    const side = await forked<object>(
      rows,
      [{ n: 1 }, { n: 2 }],
      [{ n: 2, x: 1 }, { n: 1 }],
      [{ n: 1 }, { n: 2, y: 1 }]
    )
    await rows.merge(side.there, jsonMerge({ arrayKey: 'n' }))
    expect(await rows.get()).toEqual([{ n: 2, x: 1, y: 1 }, { n: 1 }])
  })
})

test('an invalid resolve is misuse, however it is given', async () => {
  const db = createDB<unknown>()
  const { there } = await forked<unknown>(db, 1, 2, 3)
  for (const wrong of ['jsn', 7, null, {}]) {
    await expect(db.merge(there, wrong as never)).rejects.toThrow(TypeError)
    await expect(db.pull(createDB(), { resolve: wrong as never })).rejects.toThrow(TypeError)
    await expect(db.push(createDB(), { resolve: wrong as never })).rejects.toThrow(TypeError)
  }
  expect(() => jsonMerge({ onConflict: 'mine' as never })).toThrow(TypeError)
  await db.close()
})

test('a merge of stored texts is the one of the values', async () => {
  const db = createDB<unknown>()
  const base = { '"\\': [{ id: 1, deep: { x: 1, y: 1 } }], z: 'é' }
  const ours = { '"\\': [{ id: 1, deep: { x: 2, y: 1 } }], z: 'é' }
  const theirs = { '"\\': [{ id: 1, deep: { x: 1, y: 2 } }], z: 'ü' }
  const { there } = await forked<unknown>(db, base, ours, theirs)
  await db.merge(there, 'json')
  expect(await db.get()).toEqual(merge3(base, ours, theirs).data)
  await db.close()
})
