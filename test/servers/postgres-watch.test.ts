/** Heads that others moved through PostgreSQL are told, also after the connection that hears it was lost. */

import { describe, expect, onTestFinished, test } from 'vitest'
import { createDB, type DB } from '../../ts/index.js'
import { postgresStores } from '../../ts/postgres-entry.js'
import { isThere, poolOf, schemaOf } from './postgres.js'

async function pair(): Promise<[DB<string>, DB<string>]> {
  const options = { schema: schemaOf() }
  const one = await createDB<string>(postgresStores(poolOf(), options)).ready()
  const two = await createDB<string>(postgresStores(poolOf(), options)).ready()
  onTestFinished(async () => {
    await Promise.all([one.close(), two.close()])
  })
  return [one, two]
}

const listening = "query LIKE 'LISTEN %' AND pid <> pg_backend_pid()"

describe.runIf(isThere)('on PostgreSQL', () => {
  test('watch tells a head that another one moved', async () => {
    const [one, two] = await pair()
    const changes = one.watch()
    const first = await two.put('by the other')
    expect((await changes.next()).value).toEqual({ branch: 'main', ref: first, previous: null })
    await two.setRemoteHead('elsewhere', first)
    const told = { remote: 'elsewhere', ref: first, previous: null }
    expect((await changes.next()).value).toEqual(told)
    await changes.return?.()
  })

  test('watch goes on when its connection was ended', async () => {
    const [one, two] = await pair()
    const changes = one.watch()
    const first = await two.put('first')
    expect((await changes.next()).value).toMatchObject({ ref: first })
    const admin = poolOf()
    const ended = await admin.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${listening}`
    )
    expect(ended.rowCount).toBeGreaterThan(0)
    const second = await two.put('second')
    expect((await changes.next()).value).toMatchObject({ ref: second, previous: first })
    await changes.return?.()
  })

  test('live keeps an embedded database together with one on the server', async () => {
    const [one, two] = await pair()
    const embedded = createDB<string>()
    const stop = new AbortController()
    const { createSynchronizer } = await import('../../ts/index.js')
    const living = createSynchronizer(one, embedded).live({ signal: stop.signal })
    const ref = await two.put('by the other')
    await expect.poll(() => embedded.remoteHead(one.name), { timeout: 20_000 }).toBe(ref)
    stop.abort()
    await living
    await embedded.close()
  })
})
