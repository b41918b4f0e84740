/** Moves of heads by others through PostgreSQL are reported, even after the listening connection was lost. */

import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createDB, type DB } from '../../ts/index.js'
import { type PgPool, postgresStores } from '../../ts/postgres-entry.js'
import { isThere, poolOf, poolThroughProxy, schemaOf } from './postgres.js'

async function pair(pool: PgPool = poolOf()): Promise<[DB<string>, DB<string>]> {
  const options = { schema: schemaOf() }
  const one = await createDB<string>(postgresStores(pool, options)).ready()
  const two = await createDB<string>(postgresStores(poolOf(), options)).ready()
  onTestFinished(async () => {
    await Promise.all([one.close(), two.close()])
  })
  return [one, two]
}

/** Like a pooler that gives each statement to another connection: LISTEN succeeds, and no notification comes. */
class DeafClient extends pg.Client {
  override query(...args: unknown[]): never {
    const [text] = args
    const given = typeof text === 'string' && text.startsWith('LISTEN') ? ['SELECT 1'] : args
    return Reflect.apply(super.query, this, given) as never
  }
}

describe.runIf(isThere)('on PostgreSQL', () => {
  test('watch reports a head that another client moved', async () => {
    const [one, two] = await pair()
    const changes = one.watch()
    const first = await two.put('by the other')
    expect((await changes.next()).value).toEqual({ branch: 'main', ref: first, previous: null })
    await two.setRemoteHead('elsewhere', first)
    const told = { remote: 'elsewhere', ref: first, previous: null }
    expect((await changes.next()).value).toEqual(told)
    await changes.return?.()
  })

  test('watch continues after its connection was ended', async () => {
    const name = `histo ${randomUUID()}`
    const [one, two] = await pair(poolOf({ application_name: name }))
    const changes = one.watch()
    const first = await two.put('first')
    expect((await changes.next()).value).toMatchObject({ ref: first })
    const admin = poolOf()
    const ended = await admin.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = $1 AND query LIKE 'SELECT pg_notify%'`,
      [name]
    )
    expect(ended.rowCount).toBe(1)
    const second = await two.put('second')
    expect((await changes.next()).value).toMatchObject({ ref: second, previous: first })
    await changes.return?.()
  })

  test('behind a pooler that passes no notifications, watch polls', async () => {
    const pool = poolOf()
    Object.assign(pool, { Client: DeafClient })
    const [one, two] = await pair(pool)
    const changes = one.watch()
    for (const data of ['first', 'second']) {
      const ref = await two.put(data)
      expect((await changes.next()).value).toMatchObject({ ref })
    }
    await changes.return?.()
  }, 60_000)

  test('watch continues when nothing comes through its connection any more', async () => {
    const { proxy, pool: through } = await poolThroughProxy()
    const direct = poolOf()
    const pool = {
      query: (text: string, values?: unknown[]) => direct.query(text, values),
      connect: () => direct.connect(),
      Client: pg.Client,
      options: through.options
    }
    const [one, two] = await pair(pool)
    const changes = one.watch()
    const first = await two.put('first')
    expect((await changes.next()).value).toMatchObject({ ref: first })
    proxy.stall()
    const second = await two.put('second')
    expect((await changes.next()).value).toMatchObject({ ref: second, previous: first })
    await changes.return?.()
  }, 60_000)

  test('heartbeats of others are not reported as changes', async () => {
    const options = { schema: schemaOf() }
    const { branchStore } = postgresStores(poolOf(), options)
    let told = 0
    const stop = branchStore.watch?.(() => {
      told += 1
    })
    await expect.poll(() => told).toBe(1)
    const beats = Array.from({ length: 5 }, () => {
      const other = postgresStores(poolOf(), options).branchStore
      return new Promise<() => void>((resolve) => {
        const end = other.watch?.(() => resolve(() => end?.()))
      })
    })
    for (const end of await Promise.all(beats)) end()
    expect(told).toBe(1)
    await branchStore.put('heads/x', 'y', () => undefined)
    await expect.poll(() => told).toBe(2)
    stop?.()
  })

  test('live keeps an embedded database synchronized with one on the server', async () => {
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
