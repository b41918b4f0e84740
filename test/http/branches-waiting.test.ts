/** Clients that wait for moves of branches of their own. */

import { expect, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { createHandler } from './servers.js'

test('of a thousand clients that wait for branches of their own that one is answered whose branch moves', async () => {
  const db = createDB<number>({ name: 'server' })
  await db.batch(
    Array.from({ length: 1001 }, (_, n) => ({ type: 'put' as const, branch: `doc/${n}`, data: n }))
  )
  const heads = await db.branches()
  const handler = createHandler(db, { branches: true })
  let looks = 0
  const stop = new AbortController()
  const waiting = Array.from({ length: 1000 }, async (_, n) => {
    const url = `http://x/changes?branch=doc/${n}&since=${heads[`doc/${n}`]}&wait=50`
    const answer = await handler(new Request(url, { signal: stop.signal }))
    looks += 1
    return (await answer.json()) as { head: string }
  })
  await new Promise((resolve) => setTimeout(resolve, 200))
  for (let n = 0; n < 200; n += 1) await db.branch('doc/1000').put(n)
  expect(looks).toBe(0)
  const ref = await db.branch('doc/7').put(-1)
  expect(await waiting[7]).toEqual({ head: ref })
  expect(looks).toBe(1)
  stop.abort()
  await Promise.allSettled(waiting)
}, 30_000)
