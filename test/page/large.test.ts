/** The page over data that is large, and over many heads. */

import { expect, onTestFinished, test } from 'vitest'
import { grouped } from '../../ts/base/shown.js'
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
  for (const question of [`data?ref=${large}&pointer=/text`, `changes?ref=${large}`]) {
    const [status, body] = await tried(question)
    expect([status, body.error]).toEqual([400, expect.stringContaining('too large')])
  }
  expect(await ask(`difference?from=${small}&to=${large}`)).toMatchObject({ reason: 'large' })
  const side = await db.branch('side').put({ text: 'else' }, [small])
  expect(await ask(`merge?ours=${large}&theirs=${side}`)).toMatchObject({ reason: 'large' })
  const { view } = await ask('state')
  const { rows } = await ask(`rows?view=${view}`)
  const row = rows.find(({ ref }: { ref: string }) => ref === large)
  expect(row.data).toBe(`(${grouped(mostParsed + 18)} bytes)`)
  const { found } = await ask(`search?view=${view}&q=needle&in=data`)
  expect(found).toEqual([
    expect.objectContaining({ ref: large, excerpt: expect.stringMatching(/^\{"text":"needle xxx/) })
  ])
  expect(found[0]).not.toHaveProperty('path')
})

test('a search finds what begins in one piece of large data and ends in the next', async () => {
  const db = opened()
  const before = 'é'.repeat((1 << 19) - 10)
  const large = await db.put({ text: `${before}the needle${'x'.repeat(mostParsed)}` })
  const { ask } = pageOver(db)
  const { view } = await ask('state')
  const { found } = await ask(`search?view=${view}&q=the+needlexx&in=data`)
  expect(found).toEqual([expect.objectContaining({ ref: large })])
  expect(found[0].excerpt).toContain('éééthe needlexxx')
})

test('large data comes in pieces, none of which cuts a character', async () => {
  const db = opened()
  const data = { text: `a${'é😀x'.repeat(30_000)}` }
  const ref = await db.put(data)
  const { ask } = pageOver(db)
  let text = ''
  let pieces = 0
  for (let from: number | null = 0; from !== null; pieces += 1) {
    const piece = await ask(`piece?ref=${ref}&from=${from}`)
    expect(piece).toMatchObject({ from, isBinary: false })
    text += piece.text
    from = piece.next
  }
  expect(pieces).toBeGreaterThan(3)
  expect(text).toBe(JSON.stringify(data))
  // From within a character, from beyond the end.
  const within = await ask(`piece?ref=${ref}&from=11`)
  expect([within.from, within.text.slice(0, 3)]).toEqual([12, '😀x'])
  expect(await ask(`piece?ref=${ref}&from=99999999`)).toMatchObject({ text: '', next: null })
  const bytes = await db.put(Uint8Array.from({ length: 5000 }, (_, at) => at))
  const piece = await ask(`piece?ref=${bytes}&from=4096`)
  expect(piece).toMatchObject({ isBinary: true, size: 5000, next: null })
  expect(piece.text.slice(0, 6)).toBe('000102')
})

test('all of large data comes as a file, which is read as it is taken', async () => {
  const db = opened()
  const data = { text: 'x'.repeat(1_000_000) }
  const ref = await db.put(data)
  const handle = Bound.handleOf(db)
  if (handle === undefined) throw new Error('no database')
  const { openPayload } = handle.engine
  const counts = { pieces: 0, closed: 0 }
  handle.engine.openPayload = async (...given) => {
    const open = await openPayload?.apply(handle.engine, given)
    if (open === undefined) throw new Error('it reads data whole')
    const piece = (from: number, count: number) => {
      counts.pieces += 1
      return open.piece(from, count)
    }
    const close = () => {
      counts.closed += 1
      open.close()
    }
    return { ...open, piece, close }
  }
  const { page } = pageOver(db)
  const address = `http://localhost/api/file?ref=${ref}`
  const whole = await page(new Request(address))
  expect(counts).toEqual({ pieces: 0, closed: 0 })
  expect(whole.headers.get('content-disposition')).toBe(
    `attachment; filename="${ref.slice(0, 40)}.json"`
  )
  expect(whole.headers.get('x-content-type-options')).toBe('nosniff')
  expect(await whole.json()).toEqual(data)
  expect(counts).toEqual({ pieces: 4, closed: 1 })
  const head = await page(new Request(address, { method: 'HEAD' }))
  expect(head.headers.get('content-length')).toBe(String(JSON.stringify(data).length))
  const left = await page(new Request(address))
  await left.body?.cancel()
  expect(counts).toEqual({ pieces: 4, closed: 3 })
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
