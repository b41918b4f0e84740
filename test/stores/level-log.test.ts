/** The log of the heads in a level: what reading it costs, and logs that older versions wrote. */

import { MemoryLevel } from 'memory-level'
import { expect, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import type { LevelSublevel } from '../../ts/level/level.js'
import { LevelLog } from '../../ts/level/log.js'
import { levelStores } from '../../ts/level-entry.js'
import type { LogRange, NewLogEntry } from '../../ts/store/interfaces.js'
import { failureOf } from '../support/data.js'

const utf8 = { keyEncoding: 'utf8', valueEncoding: 'utf8' } as const

/** A sublevel, and how many rows its iterators gave. */
function counted() {
  const level = new MemoryLevel().sublevel('heads', utf8) as unknown as LevelSublevel
  const seen = { rows: 0 }
  async function* iterator(...args: Parameters<LevelSublevel['iterator']>) {
    for await (const row of level.iterator(...args)) {
      seen.rows += 1
      yield row
    }
  }
  const counting = new Proxy(level, {
    get(target, key) {
      if (key === 'iterator') return iterator
      const value: unknown = Reflect.get(target, key)
      return typeof value === 'function' ? value.bind(target) : value
    }
  })
  return { level: counting, seen }
}

const entry = (branch: string, number: number): NewLogEntry => ({
  time: new Date(number).toISOString(),
  branch,
  from: null,
  to: `${number}`,
  action: 'put'
})

async function write(level: LevelSublevel, log: LevelLog, entries: readonly NewLogEntry[]) {
  await level.batch(await log.logging(entries), { sync: false })
}

/** As versions before wrote entries. */
async function writeFormerly(level: LevelSublevel, first: number, entries: readonly NewLogEntry[]) {
  for (const [place, logged] of entries.entries()) {
    const id = (first + place).toString()
    const key = `log/${id.padStart(16, '0')}`
    await level.put(key, JSON.stringify(logged), { sync: false })
    await level.put('logged', id, { sync: false })
  }
}

const range = (given: Partial<LogRange>): LogRange => ({
  branch: undefined,
  before: undefined,
  limit: 9,
  ...given
})

const to = (entries: readonly NewLogEntry[]) => entries.map((found) => found.to)

test('reading the moves of one branch costs as much as it has, however many others there are', async () => {
  const { level, seen } = counted()
  const log = new LevelLog(level)
  await write(level, log, [entry('quiet', 1), entry('quiet', 2)])
  const loud = Array.from({ length: 500 }, (_, number) => entry('loud', 10 + number))
  await write(level, log, loud)
  await write(level, log, [entry('quiet', 600)])
  seen.rows = 0
  expect(to(await log.read(range({ branch: 'quiet', limit: 256 })))).toEqual(['600', '2', '1'])
  const [, second] = await log.read(range({ branch: 'quiet', limit: 2 }))
  expect(to(await log.read(range({ branch: 'quiet', before: second?.id })))).toEqual(['1'])
  expect(seen.rows).toBeLessThan(10)
  expect(await log.read(range({ branch: 'qui' }))).toEqual([])
  expect((await log.read(range({ limit: 600 }))).length).toBe(503)
})

test('entries of an older version are found before and between entries of this version', async () => {
  const { level } = counted()
  const [a, b] = ['a', 'b']
  await writeFormerly(level, 1, [entry(a, 1), entry(b, 2)])
  expect(to(await new LevelLog(level).read(range({ branch: a })))).toEqual(['1'])
  await write(level, new LevelLog(level), [entry(a, 3), entry(b, 4)])
  await writeFormerly(level, 5, [entry(a, 5), entry(b, 6)])
  expect(to(await new LevelLog(level).read(range({ branch: a })))).toEqual(['5', '3', '1'])
  const log = new LevelLog(level)
  await write(level, log, [entry(b, 7), entry(a, 8)])
  for (const read of [log, new LevelLog(level)]) {
    const all = await read.read(range({ branch: a }))
    expect(to(all)).toEqual(['8', '5', '3', '1'])
    expect(await read.read(range({ branch: a, before: all[1]?.id, limit: 1 }))).toEqual([all[2]])
    expect(to(await read.read(range({ branch: b, limit: 2 })))).toEqual(['7', '6'])
  }
})

test('forgotten entries are removed from both places', async () => {
  const { level, seen } = counted()
  const log = new LevelLog(level)
  await write(level, log, [entry('a', 1), entry('b', 2), entry('a', 3)])
  const [removals, count] = await log.forgetting(new Date(3).toISOString(), 256)
  await level.batch(removals, { sync: false })
  expect(count).toBe(2)
  seen.rows = 0
  expect(to(await log.read(range({ branch: 'a' })))).toEqual(['3'])
  expect(await log.read(range({ branch: 'b' }))).toEqual([])
  expect(seen.rows).toBe(1)
})

/** Checked to fail: take any text as an id. */
test('what is no id of the log is misuse', async () => {
  const db = createDB(levelStores(new MemoryLevel()))
  await db.put(1)
  for (const before of ['none', '1', '0'.repeat(15), '1'.repeat(17)]) {
    const call = db.log({ before }).next()
    const message = `"${before}" is no id of the log`
    expect(await failureOf(call)).toMatchObject({ name: 'TypeError', message })
  }
  await db.close()
})
