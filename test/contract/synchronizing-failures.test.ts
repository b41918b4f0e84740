/** A synchronizer that cannot end: the error arrives and the remote head stays. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createSynchronizer } from '../../ts/index.js'
import { failureOf, folder, opened, places } from './places.js'

describe.each(places)('over %s', (_place, open) => {
  test('a revision over the limit of the target is HISTO_TOO_LARGE', async () => {
    const source = await open({ name: 'source' })
    await source.putMany([{ data: 'small' }, { data: 'x'.repeat(1000) }, { data: 'after' }])
    const target = await open({ maxRevisionBytes: 100 })
    const { run } = createSynchronizer(source, target)
    expect((await failureOf(run())).code).toBe('HISTO_TOO_LARGE')
    expect(await target.remoteHead('source')).toBeNull()
    expect(await target.has([source.head() ?? ''])).toEqual([false])
  })

  test('a target that is closed meanwhile is HISTO_CLOSED', async () => {
    const source = await open({ name: 'source', durability: 'relaxed' })
    await source.putMany(Array.from({ length: 50_000 }, (_, data) => ({ data })))
    const target = await open()
    let closed: Promise<void> | undefined
    const onProgress = ({ phase }: { phase: string }) => {
      if (phase === 'revisions') closed ??= target.close()
    }
    const error = await failureOf(createSynchronizer(source, target, { onProgress }).run())
    await closed
    expect(error.code).toBe('HISTO_CLOSED')
  })

  test('a database synchronizes with itself and sends nothing', async () => {
    const db = await open({ name: 'self' })
    const head = await db.put(1)
    const result = await createSynchronizer(db, db).run()
    expect(result).toEqual({ head, revisions: 0, bytes: 0 })
    expect(await db.remoteHead('self')).toBe(head)
  })

  test('three runs at the same time all end well', async () => {
    const source = await open({ name: 'source' })
    await source.putMany(Array.from({ length: 1000 }, (_, data) => ({ data })))
    const target = await open()
    const { run } = createSynchronizer(source, target)
    for (const { head } of await Promise.all([run(), run(), run()])) {
      expect(head).toBe(source.head())
    }
    const refs = await source.refDifference(null, source.head() ?? '')
    expect(await target.refDifference(null, source.head() ?? '')).toHaveLength(refs.length)
  })
})

test('a damaged revision of the source is HISTO_CORRUPT naming it, and nothing forged arrives', async () => {
  const path = folder()
  const written = await opened({ path, name: 'source' })
  const items = Array.from({ length: 50 }, (_, n) => ({ data: `payload ${n} here` }))
  const refs = await written.putMany(items)
  await written.close()
  const file = join(path, 'data.mdb')
  const bytes = readFileSync(file)
  bytes.write('q', bytes.indexOf('payload 30 here'))
  writeFileSync(file, bytes)
  const target = await opened({})
  const error = await failureOf(createSynchronizer(await opened({ path }), target).run())
  expect(error).toMatchObject({ code: 'HISTO_CORRUPT', ref: refs[30] })
  expect(await target.remoteHead('source')).toBeNull()
  expect(await target.has(refs.slice(30))).toEqual(refs.slice(30).map(() => false))
})
