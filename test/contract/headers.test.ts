/** `history({ data: false })`: the shape of a history, whatever became of its data. */

import { describe, expect, test } from 'vitest'
import { collect, failureOf, places } from './places.js'

describe.each(places)('over %s', (_place, open) => {
  test('has the same refs and ancestors as a whole history, over batches', async () => {
    const db = await open()
    const chain = await db.putMany(Array.from({ length: 700 }, (_item, data) => ({ data })))
    await db.put('joined', [chain[699] ?? '', chain[300] ?? ''])
    const whole = await collect(db.history())
    const expected = whole.map(({ ref, ancestors }) => ({ ref, ancestors }))
    expect(await collect(db.history({ data: false }))).toEqual(expected)
    expect(await collect(db.history({ data: false, limit: 300 }))).toEqual(expected.slice(0, 300))
  })

  test('goes on over what was erased', async () => {
    const db = await open()
    const [first, second, third] = await db.putMany([{ data: 1 }, { data: 2 }, { data: 3 }])
    await db.erase(second ?? '')
    const headers = await collect(db.history({ data: false }))
    expect(headers.map(({ ref }) => ref)).toEqual([third, second, first])
    expect(headers[1]).toEqual({ ref: second, ancestors: [first] })
    expect(await failureOf(collect(db.history()))).toMatchObject({ code: 'HISTO_SHALLOW' })
  })

  test('names ancestors that were cut away, and ends there', async () => {
    const db = await open()
    const refs = await db.putMany(Array.from({ length: 10 }, (_item, data) => ({ data })))
    await db.prune({ horizon: { before: refs[5] ?? '' }, force: true })
    const found: string[][] = []
    const walk = async () => {
      for await (const { ref, ancestors } of db.history({ data: false })) {
        found.push([ref, ...ancestors])
      }
    }
    expect(await failureOf(walk())).toMatchObject({ code: 'HISTO_SHALLOW' })
    expect(found).toEqual([9, 8, 7, 6, 5].map((place) => [refs[place], refs[place - 1]]))
  })
})
