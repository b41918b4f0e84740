/**
 * The cost of a graph query over a distant store: the number of calls,
 * of revisions read, and of round trips. Databases are opened again over the same data.
 */

import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { createDB, type DB, refOf } from '../../ts/index.js'

const long = 82_000
/** Lines side by side. */
const width = 50

/** The calls of a store. */
interface Asked {
  /** Revisions that were read. */
  reads: number
  /** Times that it was asked while no answer was under way. */
  trips: number
  /** Most answers under way at once. */
  most: number
}

interface Far {
  readonly texts: Map<string, string>
  /** Refs that cannot be read. */
  readonly broken: Set<string>
  readonly asked: Asked
  /** Opens a database that has read nothing yet. */
  readonly open: (options?: { cacheRevisions?: number }) => Promise<DB<number>>
}

/** A store that answers after a millisecond; with `getMany` or without. */
function far({ many }: { many: boolean }): Far {
  const texts = new Map<string, string>()
  const broken = new Set<string>()
  const asked = { reads: 0, trips: 0, most: 0 }
  let underWay = 0
  const answer = async <R>(count: number, result: R): Promise<R> => {
    if (underWay === 0) asked.trips += 1
    asked.reads += count
    underWay += 1
    asked.most = Math.max(asked.most, underWay)
    await sleep(1)
    underWay -= 1
    return result
  }
  const revisionStore = {
    put: (text: string) => Promise.resolve(refOf(text)),
    get: async (id: string) => {
      const text = await answer(1, texts.get(id))
      if (broken.has(id)) throw new Error('out of order')
      return text
    },
    del: () => Promise.resolve(),
    ...(many && {
      getMany: (ids: readonly string[]) =>
        answer(
          ids.length,
          ids.map((id) => texts.get(id))
        )
    })
  }
  const values = new Map<string, string>()
  const branchStore = {
    put: (key: string, value: string) => Promise.resolve(void values.set(key, value)),
    get: (key: string) => Promise.resolve(values.get(key)),
    del: (key: string) => Promise.resolve(void values.delete(key))
  }
  const open = async (options = {}) => {
    const db = createDB<number>({ revisionStore, branchStore, ...options })
    onTestFinished(() => db.close())
    return await db.ready()
  }
  return { texts, broken, asked, open }
}

/** Keeps a revision as the store of an earlier process would have it. */
function keep(texts: Map<string, string>, data: number, ancestors: readonly string[]): string {
  const text = JSON.stringify({ ancestors, data })
  const ref = refOf(text)
  texts.set(ref, text)
  return ref
}

function line(texts: Map<string, string>, count: number): string[] {
  const refs: string[] = []
  for (let data = 0; data < count; data += 1) {
    refs.push(keep(texts, data, refs.slice(-1)))
  }
  return refs
}

/** Layers of revisions side by side, each on its own line and the one beside it; a merge of each layer. */
function wide(texts: Map<string, string>, layers: number): string[] {
  const merges: string[] = []
  let below = Array.from({ length: width }, (_, lane) => keep(texts, lane, []))
  for (let layer = 1; layer < layers; layer += 1) {
    below = below.map((ref, lane) => {
      return keep(texts, layer * width + lane, [ref, below[(lane + 1) % width] as string])
    })
    merges.push(keep(texts, -layer, below))
  }
  return merges
}

test.each([true, false])(
  'a short difference in a long history reads little; getMany: %s',
  async (many) => {
    const { texts, asked, open } = far({ many })
    const refs = line(texts, long)
    const at = (back: number) => refs.at(-1 - back) as string
    const db = await open()
    expect(await db.refDifference(at(3), at(0))).toEqual([at(0), at(1), at(2)])
    expect(asked.reads).toBeLessThanOrEqual(10)
    expect(await db.isAncestor(at(3), at(0))).toBe(true)
    expect(await db.commonAncestor(at(3), at(0))).toBe(at(3))
    expect(asked.reads).toBeLessThanOrEqual(16)
  }
)

test.each([true, false])(
  'a difference of 1,000 revisions, fifty wide, takes tens of round trips; getMany: %s',
  async (many) => {
    const { texts, asked, open } = far({ many })
    const merges = wide(texts, 400)
    const db = await open()
    const [from, to] = [merges.at(-21) as string, merges.at(-1) as string]
    expect(await db.refDifference(from, to)).toHaveLength(20 * width + 1)
    expect(asked.trips).toBeLessThan(80)
    expect(asked.most).toBeLessThanOrEqual(many ? 1 : 128)
    expect(asked.reads).toBeLessThan(5000)
    const { reads } = asked
    expect(await db.refDifference(from, to)).toHaveLength(20 * width + 1)
    expect(await db.mergeBases(from, to)).not.toEqual([])
    expect(asked.reads - reads).toBe(0)
  }
)

test('ancestors that were read are cached for all queries, at most cacheRevisions of them', async () => {
  const { texts, asked, open } = far({ many: true })
  const refs = line(texts, 500)
  const [old, tip] = [refs[100] as string, refs.at(-1) as string]
  const db = await open({ cacheRevisions: 10 })
  expect(await db.refDifference(old, tip)).toHaveLength(399)
  const first = asked.reads
  expect(await db.refDifference(old, tip)).toHaveLength(399)
  expect(asked.reads - first).toBeGreaterThan(300)
  const other = await open()
  const before = asked.reads
  expect(await other.refDifference(old, tip)).toHaveLength(399)
  const once = asked.reads - before
  expect(await other.isAncestor(old, tip)).toBe(true)
  expect(await other.mergeBases(old, tip)).toEqual([old])
  expect(asked.reads - before).toBe(once)
})

test('after a failure nothing more is read', async () => {
  const { texts, broken, asked, open } = far({ many: false })
  const roots = Array.from({ length: 500 }, (_, data) => keep(texts, data, []))
  const tip = keep(texts, -1, roots)
  broken.add(roots[0] as string)
  const db = await open()
  await expect(db.refDifference(null, tip)).rejects.toMatchObject({ ref: roots[0] })
  await sleep(20)
  expect(asked.reads).toBe(1 + 128)
})

/** Stores that answer without a turn of the event loop, with a line in them. */
function near(count: number) {
  const texts = new Map<string, string>()
  const values = new Map<string, string>()
  const refs = line(texts, count)
  const revisionStore = {
    put: (text: string) => Promise.resolve(refOf(text)),
    get: (id: string) => Promise.resolve(texts.get(id)),
    del: () => Promise.resolve()
  }
  const branchStore = {
    put: (key: string, value: string) => Promise.resolve(void values.set(key, value)),
    get: (key: string) => Promise.resolve(values.get(key)),
    del: (key: string) => Promise.resolve(void values.delete(key))
  }
  return { refs, stores: { revisionStore, branchStore } }
}

/** Counts turns of the event loop until `work` is done. */
async function turnsOf(work: Promise<unknown>): Promise<number> {
  let turns = 0
  let isDone = false
  const done = work.finally(() => {
    isDone = true
  })
  for (; !isDone; turns += 1) await turn()
  await done
  return turns
}

test('the event loop turns while a long line is read, and while it is remembered', async () => {
  const { refs, stores } = near(30_000)
  const db = createDB<number>(stores)
  onTestFinished(() => db.close())
  const [first, tip] = [refs[0] as string, refs.at(-1) as string]
  expect(await turnsOf(db.isAncestor(first, tip))).toBeGreaterThan(10)
  expect(await turnsOf(db.isAncestor(first, tip))).toBeGreaterThan(1)
  const walk = db.refDifference(null, tip)
  expect(await turnsOf(walk)).toBeGreaterThan(5)
  expect(await walk).toEqual(refs.toReversed())
})

test('a signal ends a walk over cached ancestors, and later walks succeed', async () => {
  const { refs, stores } = near(30_000)
  const db = createDB<number>(stores)
  onTestFinished(() => db.close())
  const [first, tip] = [refs[0] as string, refs.at(-1) as string]
  expect(await db.isAncestor(first, tip)).toBe(true)
  const controller = new AbortController()
  const reason = new Error('enough')
  const walk = db.refDifference(null, tip, { signal: controller.signal })
  await turn()
  controller.abort(reason)
  await expect(walk).rejects.toBe(reason)
  expect(await db.refDifference(refs.at(-3) as string, tip)).toEqual([tip, refs.at(-2)])
})
