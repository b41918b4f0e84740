/** Long writes, whose drafts are made ahead on another thread, among short ones, which go straight to the writer. */

import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { failureOf, places } from './places.js'

const long = (mark: unknown) =>
  Array.from({ length: 150 }, (_, number) => ({ data: { mark, number, text: 'x'.repeat(100) } }))

describe.each(places)('over %s', (_place, open) => {
  test('long and short writes of successive ticks are decided in the order of the calls', async () => {
    const db = await open()
    const writes: Promise<string | string[]>[] = []
    for (let round = 0; round < 30; round += 1) {
      writes.push(db.putMany(long(round)))
      await turn()
      writes.push(db.put({ round }))
      if (round % 3 !== 0) await turn()
    }
    const refs = (await Promise.all(writes)).flat()
    const ancestors = await Promise.all(refs.map((ref) => db.ancestors(ref)))
    expect(ancestors).toEqual([[], ...refs.slice(0, -1).map((ref) => [ref])])
    expect(db.head()).toBe(refs.at(-1))
  })

  test('a long write that is refused fails alone, and those after it follow the one before', async () => {
    const db = await open()
    const first = await db.put('first')
    const previousHead = '0'.repeat(64)
    const refused = failureOf(db.putMany(long('refused'), { previousHead }))
    const second = db.put('second', [first])
    expect(await refused).toMatchObject({ code: 'HISTO_HEAD_CONFLICT', head: first })
    expect(await db.ancestors(await second)).toEqual([first])
    expect(db.head()).toBe(await second)
  })
})
