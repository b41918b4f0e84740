/** `db.diff`: the differences between revisions, over every kind of store. */

import { describe, expect, test } from 'vitest'
import { applyPatch } from '../../ts/json-entry.js'
import { kinds } from '../http/servers.js'
import { failureOf, unknownRef } from '../support/open.js'

describe.each(kinds)('over %s', (_kind, open) => {
  test('the patch makes the data of the second', async () => {
    const db = await open('one')
    const data = [
      { rows: [{ id: 1, x: 'é"\\' }, { id: 2 }, { id: 3 }], 'a/~': 1 },
      { rows: [{ id: 3 }, { id: 1, x: 'ü' }, { id: 2 }], '"': { '\\': null } }
    ]
    const [from = '', to = ''] = await db.putMany(data.map((each) => ({ data: each })))
    const patch = await db.diff(from, to)
    expect(applyPatch(data[0], patch)).toEqual(data[1])
    expect(patch.map(({ op, path }) => [op, path])).toEqual([
      ['add', '/"'],
      ['remove', '/a~1~0'],
      ['move', '/rows/0'],
      ['replace', '/rows/1/x']
    ])
    expect(await db.diff(from, from)).toEqual([])
    const unmoved = await db.diff(from, to, { moves: false, arrayKey: ['id'] })
    expect(unmoved.some(({ op }) => op === 'move')).toBe(false)
  })

  test('a patch from nothing adds the whole value', async () => {
    const db = await open('one')
    const ref = await db.put({ a: [1] })
    const patch = await db.diff(null, ref)
    expect(patch).toEqual([{ op: 'add', path: '', value: { a: [1] } }])
    expect(applyPatch(undefined, patch)).toEqual({ a: [1] })
  })

  test('binary data is misuse; an unknown ref is not found', async () => {
    const db = await open('one')
    const [json, bytes] = [await db.put(1), await db.put(new Uint8Array(3))]
    await expect(db.diff(json, bytes)).rejects.toThrow(TypeError)
    await expect(db.diff(bytes, json)).rejects.toThrow(bytes)
    await expect(db.diff(null, bytes)).rejects.toThrow(TypeError)
    const error = await failureOf(db.diff(json, unknownRef))
    expect(error).toMatchObject({ code: 'HISTO_NOT_FOUND' })
    await expect(db.diff(undefined as never, json)).rejects.toThrow(TypeError)
    await expect(db.diff(json, null as never)).rejects.toThrow(TypeError)
  })

  test('a callback gets the patch, and what arrayKey throws is the failure', async () => {
    const db = await open('one')
    const [from, to] = [await db.put([1, 2, 3]), await db.put([3, 4, 1])]
    const patch = await new Promise((resolve, reject) => {
      db.diff(from, to, { moves: false }, (error, result) =>
        error ? reject(error) : resolve(result)
      )
    })
    expect(applyPatch([1, 2, 3], patch as never)).toEqual([3, 4, 1])
    const failure = new Error('of the user')
    const arrayKey = () => {
      throw failure
    }
    await expect(db.diff(from, to, { arrayKey })).rejects.toBe(failure)
    await expect(db.diff(from, to, { signal: AbortSignal.abort(failure) })).rejects.toBe(failure)
  })
})
