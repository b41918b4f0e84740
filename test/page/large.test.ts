/** The page over data that is large, and over many heads. */

import { expect, onTestFinished, test } from 'vitest'
import { Bound } from '../../ts/branch/handle.js'
import { createDB, type DB } from '../../ts/index.js'
import { mostParsed } from '../../ts/page/read.js'
import { pageOver } from './pages.js'

function opened(): DB {
  const db = createDB()
  onTestFinished(() => db.close())
  return db
}

test('data that would block the event loop is reported as too large, and can still be found by its text', async () => {
  const db = opened()
  const small = await db.put({ text: 'little' })
  const large = await db.put({ text: `needle ${'x'.repeat(mostParsed)}` })
  const { ask, tried } = pageOver(db)
  expect(await ask(`revision?ref=${large}`)).toMatchObject({
    state: 'large',
    data: { type: 'nothing' }
  })
  expect(await ask(`revision?ref=${small}`)).toMatchObject({ state: 'there' })
  const [status, body] = await tried(`data?ref=${large}&pointer=/text`)
  expect([status, body.error]).toEqual([400, expect.stringContaining('too many for the page')])
  expect(await ask(`difference?from=${small}&to=${large}`)).toMatchObject({ reason: 'large' })
  const side = await db.branch('side').put({ text: 'else' }, [small])
  expect(await ask(`merge?ours=${large}&theirs=${side}`)).toMatchObject({ reason: 'large' })
  const { view } = await ask('state')
  const { found } = await ask(`search?view=${view}&q=needle&in=data`)
  expect(found).toEqual([
    expect.objectContaining({ ref: large, excerpt: expect.stringMatching(/^\{"text":"needle xxx/) })
  ])
  expect(found[0]).not.toHaveProperty('path')
})

test('a graph with hundreds of heads has a row for each', async () => {
  const db = opened()
  const [first = ''] = await db.putMany(Array.from({ length: 5 }, (_, data) => ({ data })))
  const count = 700
  for (let at = 0; at < count; at += 1) await db.branch(`b/${at}`).put({ at }, [first])
  const { ask } = pageOver(db)
  const { view, drawn } = await ask('state')
  expect(drawn).toBe(count + 1)
  const refs = new Set<string>()
  for (let from = 0; from < count + 5; from += 256) {
    const { rows } = await ask(`rows?view=${view}&from=${from}&count=256`)
    for (const { ref } of rows) refs.add(ref)
  }
  expect(refs.size).toBe(count + 5)
})

test('revisions are counted without reading their data', async () => {
  const db = opened()
  await db.putMany([{ data: 1 }, { data: 2 }])
  const engine = Bound.handleOf(db)?.engine
  if (engine === undefined) throw new Error('no database')
  engine.stats = () => Promise.reject(new Error('all data was counted'))
  expect(await pageOver(db).ask('total')).toEqual({ revisions: 2 })
})
