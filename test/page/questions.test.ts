/**
 * The answers of the page's server about a history.
 *
 * Checked to fail: with lanes that begin anew in each window, with the values before taken from the end of a patch, and with
 * `expectSeen` left out.
 */

import { expect, onTestFinished, test } from 'vitest'
import { createDB, type DB } from '../../ts/index.js'
import type { Found, GraphRow } from '../../ts/page/protocol.js'
import { Lanes } from '../../ts/rows/lanes.js'
import { type Answer, pageOver } from './pages.js'

function opened(): DB {
  const db = createDB({ name: 'kitchen' })
  onTestFinished(() => db.close())
  return db
}

/** Two branches that forked, changed the same and merged, and a remote. */
async function kitchen() {
  const db = opened()
  const meta = (author: string, message: string) => ({
    author,
    message,
    time: '2026-08-01T09:12:00Z'
  })
  const first = await db.put(
    { items: ['bread'], note: 'a' },
    { meta: meta('Ann', 'begin\n\nmore') }
  )
  const idea = db.branch('idea')
  await idea.setHead(first)
  const theirs = await idea.put(
    { items: ['bread', 'tea'], note: 'b' },
    { meta: meta('Bob', 'tea') }
  )
  const ours = await db.put({ items: ['bread', 'milk'], note: 'c' })
  const { ref: merged } = await db.merge(theirs, () => ({
    items: ['bread', 'milk', 'tea'],
    note: 'd'
  }))
  await db.setRemoteHead('laptop', ours)
  return { db, first, theirs, ours, merged }
}

test('state lists heads and remotes, the own branch first, and its stamp changes with them', async () => {
  const { db, merged, theirs, ours } = await kitchen()
  const { ask } = pageOver(db)
  const before = await ask('state')
  expect(before).toMatchObject({
    database: 'kitchen',
    branch: 'main',
    heads: [
      { name: 'main', ref: merged },
      { name: 'idea', ref: theirs }
    ],
    remotes: [{ name: 'laptop', ref: ours }],
    hasMore: false,
    drawn: 3
  })
  expect(await ask('state')).toEqual(before)
  await db.setRemoteHead('phone', ours)
  const after = await ask('state')
  expect(after.stamp).not.toBe(before.stamp)
  expect(after.view).toBe(before.view) // no new tip
})

test('state with since returns once a head moves, also on another branch', async () => {
  const { db } = await kitchen()
  const { ask } = pageOver(db)
  const { stamp } = await ask('state')
  for (const branch of [db, db.branch('other')]) {
    const waiting = ask(`state?wait=20&since=${(await ask('state')).stamp}`)
    const ref = await branch.put({ new: branch.branchName })
    const { heads } = await waiting
    expect(heads.map((head: { ref: string }) => head.ref)).toContain(ref)
  }
  expect((await ask(`state?wait=20&since=${stamp}`)).stamp).not.toBe(stamp)
  const same = (await ask('state')).stamp
  expect((await ask(`state?wait=0&since=${same}`)).stamp).toBe(same)
})

test('rows come in windows, with the lanes of the whole graph', async () => {
  const db = opened()
  const refs: string[] = []
  let random = 7
  for (let at = 0; at < 1500; at += 1) {
    random = (random * 1_103_515_245 + 12_345) % 2 ** 31
    const [one, other] = [at - 1 - (random % 5), at - 2 - (random % 7)]
    const ancestors = [...new Set([refs[one], refs[other]])].filter((ref) => ref !== undefined)
    refs.push(await db.put({ at }, ancestors))
  }
  await db.branch('side').setHead(refs.at(-3) ?? '')
  const { ask } = pageOver(db)
  const { view } = await ask('state')
  const all: GraphRow[] = []
  for (let from = 0, isDone = false; !isDone || all.length < from; from = all.length) {
    const part = await ask(`rows?view=${view}&from=${from}&count=100`)
    if (part.rows.length === 0 && part.isDone) break
    all.push(...part.rows)
    isDone = part.isDone && all.length === part.walked
  }
  const lanes = new Lanes()
  for (const one of all) {
    const ancestors = await db.ancestors(one.ref)
    const row = lanes.row(
      one.ref,
      ancestors.map((ref) => ({ ref, isDirect: true }))
    )
    expect([one.column, one.targets]).toEqual([row.column, row.targets])
  }
  expect(new Set(all.map(({ ref }) => ref)).size).toBe(all.length)
  const middle = await ask(`rows?view=${view}&from=777&count=5`)
  expect(middle.rows).toEqual(all.slice(777, 782))
  expect(await ask(`row?view=${view}&ref=${all[777]?.ref}`)).toMatchObject({ row: 777 })
  expect((await ask(`rows?view=${view}&from=99999&count=5`)).rows).toEqual([])
})

test('a row shows what its revision claims, or the beginning of its data', async () => {
  const { db, first, ours } = await kitchen()
  const { ask } = pageOver(db)
  const { view } = await ask('state')
  const { rows, isDone } = await ask(`rows?view=${view}`)
  const row = (ref: string) => rows.find((one: GraphRow) => one.ref === ref)
  expect(rows).toHaveLength(4)
  expect(isDone).toBe(true)
  expect(row(first)).toMatchObject({
    author: 'Ann',
    message: 'begin',
    time: '2026-08-01T09:12:00Z'
  })
  expect(row(ours).data).toBe('{"items":["bread","milk"],"note":"c"}')
})

test('a view of heads that have moved is kept for a while, and then forgotten', async () => {
  const { db } = await kitchen()
  const { ask, tried } = pageOver(db)
  const { view } = await ask('state')
  await db.put('next')
  await ask('state')
  expect((await ask(`rows?view=${view}`)).rows).toHaveLength(4)
  for (let at = 0; at < 8; at += 1) {
    await db.put(at)
    await ask('state')
  }
  expect((await tried(`rows?view=${view}`))[0]).toBe(410)
})

test('a revision is returned with its claims, and its data as values', async () => {
  const { db, first } = await kitchen()
  const { ask } = pageOver(db)
  const shown = await ask(`revision?ref=${first}`)
  expect(shown).toMatchObject({
    ref: first,
    ancestors: [],
    author: 'Ann',
    message: 'begin\n\nmore',
    state: 'there'
  })
  expect(shown.data).toEqual({
    type: 'object',
    size: 2,
    from: 0,
    members: [
      [
        'items',
        { type: 'array', size: 1, from: 0, members: [['0', { type: 'value', value: 'bread' }]] }
      ],
      ['note', { type: 'value', value: 'a' }]
    ]
  })
})

test('an answer is small, however large the data is', async () => {
  const db = opened()
  const ref = await db.put({
    long: 'x'.repeat(3_000_000),
    many: Array.from({ length: 100_000 }, (_, at) => ({ at })),
    deep: JSON.parse(`${'['.repeat(200)}1${']'.repeat(200)}`)
  })
  const { page, ask } = pageOver(db)
  const answer = await page(new Request(`http://localhost/api/revision?ref=${ref}`))
  expect((await answer.text()).length).toBeLessThan(300_000)
  const part = await ask(`data?ref=${ref}&pointer=/many&from=99990`)
  expect(part).toMatchObject({ size: 100_000, from: 99_990 })
  expect(part.members.map(([key]: [string]) => key)).toEqual(
    Array.from({ length: 10 }, (_, at) => String(99_990 + at))
  )
})

test('bytes, an erased and an unknown revision are reported', async () => {
  const { db, first } = await kitchen()
  const { ask, tried } = pageOver(db)
  const bytes = await db.put(new Uint8Array([1, 2, 255]))
  expect((await ask(`revision?ref=${bytes}`)).data).toEqual({
    type: 'bytes',
    size: 3,
    hex: '0102ff'
  })
  expect(await ask(`difference?from=${first}&to=${bytes}`)).toMatchObject({ reason: 'binary' })
  await db.erase(first)
  expect(await ask(`revision?ref=${first}`)).toMatchObject({ state: 'erased', author: 'Ann' })
  expect((await tried(`revision?ref=${'0'.repeat(64)}`))[0]).toBe(404)
  expect((await tried('revision'))[0]).toBe(400)
})

test('differences have the values before and after', async () => {
  const { db, first, merged } = await kitchen()
  const { ask } = pageOver(db)
  const { differences, total } = await ask(`difference?from=${first}&to=${merged}`)
  expect(total).toBe(3)
  expect(differences).toContainEqual({
    op: 'replace',
    path: '/note',
    before: { type: 'value', value: 'a' },
    after: { type: 'value', value: 'd' }
  })
})

test('a merge reports its conflicts and how they were settled', async () => {
  const { db, first, ours, theirs, merged } = await kitchen()
  const { ask } = pageOver(db)
  const told = await ask(`merge?ours=${ours}&theirs=${theirs}&result=${merged}`)
  expect(told).toMatchObject({ bases: [first], ours: 1, theirs: 1, total: 1 })
  expect(told.conflicts[0]).toMatchObject({
    path: '/note',
    kind: 'both modified',
    base: { value: 'a' },
    ours: { value: 'c' },
    theirs: { value: 'b' },
    result: { value: 'd' }
  })
  expect(await ask(`apart?one=${merged}&other=${ours}`)).toMatchObject({ ahead: 2, behind: 0 })
})

test('versions follow first ancestors, and changes follow a value', async () => {
  const { db, first, ours, theirs, merged } = await kitchen()
  const { ask } = pageOver(db)
  const { versions, hasMore } = await ask(`versions?of=${merged}`)
  expect(versions.map(({ ref }: { ref: string }) => ref)).toEqual([merged, ours, first])
  expect(hasMore).toBe(false)
  const { changes, isDone } = await ask(`changes?ref=${merged}&pointer=/note`)
  expect(isDone).toBe(true)
  expect(changes.map(({ ref }: { ref: string }) => ref).toSorted()).toEqual(
    [first, ours, theirs, merged].toSorted()
  )
  expect(changes[0]).toMatchObject({ before: { value: 'c' }, after: { value: 'd' } })
})

async function found(ask: (question: string) => Promise<Answer>, text: string, where = 'all') {
  const { view } = await ask('state')
  const all: Found[] = []
  const names: string[] = []
  for (let from: number | null = 0; from !== null; ) {
    const question = `search?view=${view}&in=${where}&q=${encodeURIComponent(text)}&from=${from}`
    const answer = await ask(question)
    all.push(...answer.found)
    names.push(
      ...answer.names.map(({ kind, name }: { kind: string; name: string }) => `${kind} ${name}`)
    )
    from = answer.next
  }
  return { all, names }
}

test('search finds refs, names, authors, messages and data', async () => {
  const { db, first, ours, theirs } = await kitchen()
  const { ask } = pageOver(db)
  const refsOf = async (...of: [string, string?]) =>
    (await found(ask, ...of)).all.map(({ ref }) => ref)
  expect(await refsOf('bOB')).toEqual([theirs])
  expect(await refsOf('begin')).toEqual([first])
  expect(await refsOf(first.slice(0, 8))).toEqual([first])
  expect(await refsOf('tea', 'author')).toEqual([])
  expect(await refsOf('tea', 'message')).toEqual([theirs])
  const inData = await found(ask, 'MILK', 'data')
  expect(inData.all).toContainEqual(
    expect.objectContaining({ ref: ours, where: 'data', path: '/items/1' })
  )
  expect((await found(ask, 'note', 'data')).all[0]).toMatchObject({ path: '/note' })
  expect((await found(ask, 'ide')).names).toEqual(['branch idea'])
  expect((await found(ask, 'lap')).names).toEqual(['remote laptop'])
  expect((await found(ask, 'main~1')).names).toEqual(['revision main~1'])
})

test('search reads a long history in parts', async () => {
  const db = opened()
  await db.putMany(
    Array.from({ length: 30_000 }, (_, at) => ({
      data: { at, word: at % 1000 === 7 ? 'needle' : 'hay' }
    }))
  )
  const { all } = await found(pageOver(db).ask, 'needle', 'data')
  expect(all).toHaveLength(30)
  expect(new Set(all.map(({ row }) => row)).size).toBe(30)
})

test('a page of selected branches shows nothing that they do not reach', async () => {
  const { db, first, ours, theirs, merged } = await kitchen()
  for (const branches of ['id', ['idea'], (name: string) => name === 'idea']) {
    const { ask, tried } = pageOver(db, { branches })
    const { heads, remotes, view } = await ask('state')
    expect(heads).toEqual([{ name: 'idea', ref: theirs }])
    expect(remotes).toEqual([])
    expect((await ask(`rows?view=${view}`)).rows.map(({ ref }: GraphRow) => ref)).toEqual([
      theirs,
      first
    ])
    expect(await ask('total')).toEqual({ revisions: null })
    expect(await ask('heads?prefix=')).toEqual(heads)
    expect(await ask('heads?kind=remote')).toEqual([])
    expect((await ask(`revision?ref=${first}`)).ref).toBe(first)
    const questions = [
      `revision?ref=${ours}`,
      `data?ref=${merged}`,
      `difference?from=${ours}&to=${theirs}`,
      `difference?from=${theirs}&to=${ours}`,
      `merge?ours=${theirs}&theirs=${merged}`,
      `merge?ours=${theirs}&theirs=${first}&result=${merged}`,
      `apart?one=${ours}&other=${theirs}`,
      `versions?of=${merged}`,
      `changes?ref=${merged}&pointer=/note`
    ]
    for (const question of questions) {
      const unknown = question.replaceAll(ours, '0'.repeat(64)).replaceAll(merged, '0'.repeat(64))
      expect(await tried(question)).toEqual([404, { error: 'there is no such revision' }])
      expect(await tried(unknown)).toEqual([404, { error: 'there is no such revision' }])
    }
    for (const text of [ours.slice(0, 10), 'milk', 'main', 'laptop']) {
      expect(await found(ask, text)).toEqual({ all: [], names: [] })
    }
  }
})

test('an invalid query is refused with a reason', async () => {
  const { db, first } = await kitchen()
  const { ask, tried } = pageOver(db)
  const { view } = await ask('state')
  for (const question of [
    'rows',
    `rows?view=${view}&from=x`,
    `data?ref=${first}&pointer=note`,
    `search?view=${view}&q=%20`,
    `search?view=${view}&q=a&in=nowhere`
  ]) {
    expect((await tried(question))[0]).toBe(400)
  }
  expect((await tried('nothing'))[0]).toBe(404)
  expect((await tried('toString'))[0]).toBe(404)
})

test('a failure of the server is reported only to onError', async () => {
  const failures: unknown[] = []
  const { db } = await kitchen()
  const { tried } = pageOver(db, {
    onError: (error) => failures.push(error),
    token: 'x',
    branches: () => {
      throw new Error('inner words')
    }
  })
  expect((await tried('state'))[0]).toBe(401)
  const open = pageOver(db, {
    onError: (error) => failures.push(error),
    branches: () => {
      throw new Error('inner words')
    }
  })
  expect(await open.tried('state')).toEqual([500, { error: 'the server could not answer' }])
  expect(failures).toHaveLength(1)
})
