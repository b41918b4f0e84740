/**
 * Walks that are too long for JavaScript's thread go on beside it: with the answer that they would
 * have had, while other calls are answered, until their signal or the end of the database.
 */

import { getEventListeners, setMaxListeners } from 'node:events'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createDB, createSynchronizer, type DB } from '../../ts/index.js'
import { failureOf, folder, opened, places } from './places.js'

/** A walk to the root takes several milliseconds. */
const length = 60_000

/** Two lines from one root, each a third of the revisions, and a third before them. */
interface Fork {
  readonly trunk: string[]
  readonly left: string[]
  readonly right: string[]
}

async function line(db: DB<number>, count: number, start?: string): Promise<string[]> {
  const items = Array.from({ length: count }, (_, data) => ({ data }))
  const [first, ...rest] = items
  const ancestors = start === undefined ? [] : [start]
  return await db.putMany([{ data: first?.data ?? 0, ancestors }, ...rest])
}

async function fork(db: DB<number>): Promise<Fork> {
  const trunk = await line(db, length)
  const left = await line(db, length, trunk.at(-1))
  const other = await db.put(-1, [trunk.at(-1) as string])
  const right = [other, ...(await line(db, length, other))]
  return { trunk, left, right }
}

const last = (refs: readonly string[]) => refs.at(-1) as string

describe.each(places)('over %s', (_place, open) => {
  test('every query returns what the plain definition returns', async () => {
    const db = await open<number>()
    const { trunk, left, right } = await fork(db)
    const [a, b] = [last(left), last(right)]
    expect(await db.mergeBases(a, b)).toEqual([last(trunk)])
    expect(await db.commonAncestor(a, b)).toBe(last(trunk))
    expect(await db.isAncestor(trunk[0] as string, b)).toBe(true)
    expect(await db.isAncestor(left[0] as string, b)).toBe(false)
    expect(await db.refDifference(a, b)).toEqual(right.toReversed())
    expect(await db.refDifference([b], a)).toEqual(left.toReversed())
    expect(await db.refDifference(null, a)).toEqual([...trunk, ...left].toReversed())
  })

  test('writes during a walk do not change its result, and are acknowledged', async () => {
    const db = await open<number>()
    const { trunk, left } = await fork(db)
    const refs = [...trunk, ...left].toReversed()
    let written = false
    // There is a walk at each moment, however long the disk takes: a put that waited for their end would have none.
    const walking = (async () => {
      do expect(await db.refDifference(null, last(left))).toEqual(refs)
      while (!written)
    })()
    const child = await db.put(-2, [last(left)])
    expect(await db.ancestors(child)).toEqual([last(left)])
    written = true
    await walking
  })

  test('a hundred walks at once all return, and the event loop keeps turning', async () => {
    const db = await open<number>()
    const { trunk, left, right } = await fork(db)
    let turns = 0
    let done = false
    const turning = (async () => {
      for (; !done; turns += 1) await turn()
    })()
    const walks = Array.from({ length: 100 }, (_, n) =>
      db.mergeBases(left.at(-1 - n) as string, right.at(-1 - n) as string)
    )
    const answers = await Promise.all(walks)
    done = true
    await turning
    expect(answers).toEqual(walks.map(() => [last(trunk)]))
    expect(turns).toBeGreaterThan(10)
  })

  test('a signal ends a walk with its reason, and later walks succeed', async () => {
    const db = await open<number>()
    const { trunk, left, right } = await fork(db)
    const controller = new AbortController()
    const { signal } = controller
    setMaxListeners(0, signal)
    const reason = new Error('enough')
    const calls = [
      ...Array.from({ length: 50 }, () => db.mergeBases(last(left), last(right), { signal })),
      db.refDifference(null, last(left), { signal }),
      db.isAncestor(left[0] as string, last(right), { signal })
    ]
    const ends = Promise.allSettled(calls)
    await turn()
    controller.abort(reason)
    const reasons = (await ends).map((end) => (end.status === 'rejected' ? end.reason : 'answered'))
    expect(reasons).toContain(reason)
    expect(new Set(reasons)).toEqual(
      new Set(reasons.includes('answered') ? [reason, 'answered'] : [reason])
    )
    expect(getEventListeners(signal, 'abort')).toEqual([])
    expect(await db.mergeBases(last(left), last(right))).toEqual([last(trunk)])
  })

  test('an abort between two slices of a large result ends the call', async () => {
    const db = await open<number>()
    const { left } = await fork(db)
    const controller = new AbortController()
    const reason = new Error('enough')
    const walk = db.refDifference(null, last(left), { signal: controller.signal })
    for (let turns = 0; turns < 10; turns += 1) await turn()
    controller.abort(reason)
    await expect(walk).rejects.toBe(reason)
  })

  test('close waits for pending walks', async () => {
    const db = await open<number>()
    const { trunk, left, right } = await fork(db)
    const order: string[] = []
    const walks = [
      db.mergeBases(last(left), last(right)).finally(() => order.push('walk')),
      db.refDifference(last(left), last(right)).finally(() => order.push('walk'))
    ]
    const closed = db.close().then(() => order.push('closed'))
    expect((await failureOf(db.isAncestor(last(left), last(right)))).code).toBe('HISTO_CLOSED')
    expect(await walks[0]).toEqual([last(trunk)])
    expect(await walks[1]).toEqual(right.toReversed())
    await closed
    expect(order).toEqual(['walk', 'walk', 'closed'])
  })

  test('a history that starts far below an excluded revision can be iterated', async () => {
    const db = await open<number>()
    const { left, right } = await fork(db)
    const seen: string[] = []
    for await (const { ref } of db.history(right[1] as string, { until: [last(left)] })) {
      seen.push(ref)
    }
    expect(seen).toEqual([right[1], right[0]])
  })

  test('what a target lacks of a long history is found without blocking the event loop', async () => {
    const source = await open<number>({ name: 'source' })
    const target = await open<number>()
    const { trunk, left } = await fork(source)
    await source.setHead(last(left))
    let turns = 0
    let done = false
    const turning = (async () => {
      for (; !done; turns += 1) await turn()
    })()
    const result = await createSynchronizer(source, target).run()
    done = true
    await turning
    expect(result).toMatchObject({ head: last(left), revisions: trunk.length + left.length })
    expect(turns).toBeGreaterThan(10)
    expect(await target.isAncestor(trunk[0] as string, last(left))).toBe(true)
  })
})

test('a path that is closed while a walk reads from it can be opened again', async () => {
  const source = await opened<number>({ name: 'source' })
  const path = join(folder(), 'db')
  const target = await createDB<number>({ path }).ready()
  const { left } = await fork(source)
  await source.setHead(last(left))
  const run = createSynchronizer(source, target).run()
  const ended = run.then(
    () => 'done',
    (error: { code?: string }) => error.code
  )
  await turn()
  await target.close()
  expect(await ended).toBe('HISTO_CLOSED')
  const again = createDB<number>({ path })
  onTestFinished(() => again.close())
  expect(await again.has([last(left)])).toHaveLength(1)
})
