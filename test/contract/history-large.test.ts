/**
 * Histories whose revisions are so large that one batch does not fit one text of the boundary.
 */

import { expect, test } from 'vitest'
import { createDB } from '../../ts/index.js'

test('a history of large revisions leaves none out', async () => {
  const db = createDB<string>()
  const large = 'x'.repeat(30 * 1024 * 1024)
  const refs: string[] = []
  for (let i = 0; i < 5; i++) refs.push(await db.put(`${i}${large}`))
  const seen: string[] = []
  for await (const { ref } of db.history()) seen.push(ref)
  expect(seen).toEqual(refs.toReversed())
  const many = await db.getMany(refs)
  expect(many.map((data) => data[0])).toEqual(['0', '1', '2', '3', '4'])
  await db.close()
})

test.each(['é', '€', '😀', 'a'])('a ref with %s behind it is no ref', async (more) => {
  const db = createDB<number>()
  const ref = await db.put(1)
  expect(await db.has([ref, ref + more])).toEqual([true, false])
  await expect(db.get(ref + more)).rejects.toMatchObject({ code: 'HISTO_NOT_FOUND' })
  await expect(db.put(2, [ref, ref + more])).rejects.toMatchObject({
    code: 'HISTO_MISSING_ANCESTOR'
  })
  await db.close()
})
