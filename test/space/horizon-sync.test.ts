/**
 * Synchronizing where history was cut away, on either side, in process, by functions, and over HTTP: what is
 * needed and there arrives, and what was cut away is `HISTO_SHALLOW`.
 *
 * Checked to fail: without `countsCut` in `ts/http` what the target has is not found; where what is to be sent
 * is the exact difference (no `for_sending` in `crates/node/src/exports/graph.rs`) old branches do not travel.
 */

import { describe, expect, test } from 'vitest'
import { createSynchronizer, type DB } from '../../ts/index.js'
import { failureOf, opened } from '../contract/places.js'
import { inProcess } from '../http/servers.js'

const shallow = { code: 'HISTO_SHALLOW' }

interface Sides {
  readonly source: DB<unknown>
  readonly target: DB<unknown>
}

/** The functions of a source and nothing else of a database. */
function narrowed(db: DB<unknown>) {
  return {
    name: db.name,
    head: db.head.bind(db),
    refDifference: db.refDifference.bind(db),
    createStream: db.createStream.bind(db),
    has: db.has.bind(db)
  }
}

/** Ways from one database to another. */
const ways: [string, (sides: Sides) => Promise<{ revisions: number }>][] = [
  ['in process', ({ source, target }) => createSynchronizer(source, target).run()],
  ['by functions', ({ source, target }) => createSynchronizer(narrowed(source), target).run()],
  ['by a push', ({ source, target }) => createSynchronizer(source, inProcess(target)).run()],
  ['by a pull', ({ source, target }) => createSynchronizer(inProcess(source), target).run()]
]

async function line(db: DB<unknown>, count: number, word = 'n') {
  return await db.putMany(Array.from({ length: count }, (_, n) => ({ data: { [word]: n } })))
}

/** Two databases with the same revisions. */
async function equal(count = 40) {
  const source = await opened({ name: 'source' })
  const target = await opened({ name: 'target' })
  const refs = await line(source, count)
  await createSynchronizer(source, target).run()
  await target.setHead(refs.at(-1) ?? '')
  return { source, target, refs }
}

describe.each(ways)('%s', (way, run) => {
  /** Whether the source learns from the target what it has of what the source cut away. */
  const tells = way === 'in process' || way === 'by a push'

  test('a shallow target accepts new revisions', async () => {
    const { source, target, refs } = await equal()
    await target.prune({ horizon: { depth: 5 } })
    const side = source.branch('side')
    await side.setHead(refs[37] ?? '')
    const other = await side.put('side')
    await line(source, 3, 'm')
    const head = await source.put('joined', [source.head() ?? '', other])
    expect(await run({ source, target })).toMatchObject({ head, revisions: 5 })
    expect(await target.remoteHead('source')).toBe(head)
    expect(await target.has([...refs, head])).toEqual([...refs.map((_, n) => n >= 35), true])
    expect(await run({ source, target })).toMatchObject({ revisions: 0 })
    expect(await target.verify()).toMatchObject({ ok: true })
  })

  test('a shallow target that lacks the ancestors of a branch says so, and stays unchanged', async () => {
    const { source, target, refs } = await equal()
    await target.prune({ horizon: { depth: 5 } })
    await source.setHead(refs[20] ?? '')
    await line(source, 3, 'm')
    expect(await failureOf(run({ source, target }))).toMatchObject(shallow)
    expect(await target.remoteHead('source')).toBe(refs.at(-1))
    expect(await target.has(refs)).toEqual(refs.map((_, n) => n >= 35))
    expect(await target.verify()).toMatchObject({ ok: true })
  })

  test('a shallow source sends new revisions to a target that has those it cut away', async () => {
    const { source, target, refs } = await equal()
    const side = source.branch('side')
    await side.setHead(refs[10] ?? '')
    const others = await line(side, 3, 'side')
    await source.prune({ horizon: { depth: 3 } })
    await line(source, 8, 'm')
    const head = await source.put('joined', [source.head() ?? '', others.at(-1) ?? ''])
    expect(await failureOf(source.refDifference(refs[39] ?? '', head))).toMatchObject(shallow)
    if (tells) {
      expect(await run({ source, target })).toMatchObject({ head, revisions: 12 })
      expect(await target.refDifference(refs[39] ?? '', head)).toHaveLength(12)
      expect(await target.verify()).toMatchObject({ ok: true, revisions: 52 })
    } else {
      expect(await failureOf(run({ source, target }))).toMatchObject(shallow)
      expect(await target.remoteHead('source')).toBe(refs[39])
    }
  })

  test('revisions that were written before those cut away are sent too', async () => {
    const [source, target] = [await opened({ name: 'source' }), await opened({ name: 'target' })]
    const first = await line(source, 11)
    const side = source.branch('side')
    await side.setHead(first.at(-1) ?? '')
    const others = await line(side, 3, 'side')
    await line(source, 29, 'main')
    await createSynchronizer(source, target).run()
    expect(await target.has(others)).toEqual([false, false, false])
    await source.prune({ horizon: { depth: 3 }, force: true })
    const head = await source.put('joined', [source.head() ?? '', others[2] ?? ''])
    if (tells) expect(await run({ source, target })).toMatchObject({ head, revisions: 4 })
    else expect(await failureOf(run({ source, target }))).toMatchObject(shallow)
    expect(await target.has(others)).toEqual([tells, tells, tells])
  })

  test('a shallow source fails where its history is missing, and the remote head stays', async () => {
    const source = await opened({ name: 'source' })
    const target = await opened({ name: 'target' })
    await line(source, 40)
    await source.prune({ horizon: { depth: 5 } })
    expect(await failureOf(run({ source, target }))).toMatchObject(shallow)
    expect(await target.remoteHead('source')).toBeNull()
    expect(await target.verify()).toMatchObject({ ok: true, revisions: 0 })
  })

  test('a shallow source whose target is ahead finds what both have', async () => {
    const { source, target, refs } = await equal()
    await target.put('ahead')
    await source.prune({ horizon: { depth: 5 } })
    await target.deleteRemote('source')
    await source.setHead(refs[38] ?? '')
    const head = await source.put('new')
    if (way === 'by functions') {
      expect(await failureOf(run({ source, target }))).toMatchObject(shallow)
      return
    }
    expect(await run({ source, target })).toMatchObject({ head, revisions: 1 })
    expect(await target.mergeBases(head)).toEqual([refs[38]])
  })

  test('a target that has exactly what the source cut away last continues from there', async () => {
    const { source, target, refs } = await equal()
    const head = await source.put('new')
    await source.prune({ horizon: { depth: 1 } })
    expect(await source.has([refs[39] ?? '', head])).toEqual([false, true])
    if (way === 'by functions') {
      expect(await failureOf(run({ source, target }))).toMatchObject(shallow)
      return
    }
    expect(await run({ source, target })).toMatchObject({ head, revisions: 1 })
  })

  test('a small history of which the target has cut most needs nothing of that', async () => {
    const { source, target, refs } = await equal(12)
    await target.prune({ horizon: { depth: 2 } })
    await source.setHead(refs[11] ?? '')
    if (way !== 'by functions') await target.deleteRemote('source')
    const head = await source.put('new')
    await target.deleteBranch('main')
    expect(await run({ source, target })).toMatchObject({ head })
    expect(await target.has(refs)).toEqual(refs.map((_, n) => n >= 10))
  })

  test('a large difference is found where the target has a short history', async () => {
    const { source, target } = await equal()
    await line(source, 3000, 'm')
    await createSynchronizer(source, target).run()
    await target.prune({ horizon: { depth: 5 }, force: true })
    if (way !== 'by functions') await target.deleteRemote('source')
    await line(source, 3000, 'more')
    expect(await run({ source, target })).toMatchObject({ revisions: 3000 })
    expect(await target.verify()).toMatchObject({ ok: true })
  })
})

test('a pull that merges goes on between two shallow databases', async () => {
  const { source, target } = await equal()
  for (const db of [source, target]) await db.prune({ horizon: { depth: 5 }, force: true })
  const theirs = await source.put('theirs')
  const ours = await target.put('ours')
  await target.pull(source, { resolve: () => 'joined' })
  expect(await target.ancestors(target.head() ?? '')).toEqual([ours, theirs])
})
