/**
 * Pull, push and live with a peer, directly and over HTTP, checked against plain databases that do the same.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { connect, createHandler, type RemoteDatabase } from '../../../ts/http-entry.js'
import {
  createDB,
  createSynchronizer,
  type DB,
  type MergeInput,
  type Ref
} from '../../../ts/index.js'
import { openPlain } from '../../support/open.js'

/** Both sides of a pair: what is tested, and the plain one. */
interface Pair {
  readonly native: DB
  readonly plain: DB
}

const resolve = ({ ours, theirs }: MergeInput<unknown>) => [ours, theirs]
const headOf = (db: DB) =>
  new Promise<Ref | null>((settle, reject) => {
    db.head((error, ref) => (error ? reject(error) : settle(ref ?? null)))
  })

/** Goes back and forth with a peer; `random` answers numbers below 1. */
export async function meetPeer(here: Pair, random: () => number): Promise<void> {
  const peer = { native: createDB({ name: 'peer' }), plain: openPlain({ name: 'peer' }) }
  const remote = await overHttp(peer.native)
  for (let round = 0; round < 4; round += 1) {
    for (const { native, plain } of [here, peer]) {
      if (random() < 0.6) expect(await native.put({ round })).toBe(await plain.put({ round }))
    }
    const other = random() < 0.5 ? remote : peer.native
    if (random() < 0.5) {
      const { head, merge } = await here.native.pull(other, { resolve })
      expect(await here.plain.pull(peer.plain, { resolve })).toMatchObject({ head, merge })
    } else {
      const { head, moved } = await here.native.push(other, { resolve })
      expect(await here.plain.push(peer.plain, { resolve })).toMatchObject({ head, moved })
    }
    for (const { native, plain } of [here, peer]) {
      expect(await headOf(native)).toBe(await headOf(plain))
      expect({ ...(await native.remotes()) }).toEqual({ ...(await plain.remotes()) })
    }
  }
  await liveOn(here, random() < 0.5 ? remote : peer.native, peer.native)
  await peer.native.close()
  await peer.plain.close()
}

/** A database as it is seen over HTTP, without a socket. */
async function overHttp(db: DB): Promise<RemoteDatabase> {
  const handle = createHandler(db, { authorize: () => true, heads: 'fast-forward' })
  const remote = connect('http://peer.invalid/db', { fetch: (input, init) => handle(input, init) })
  return await remote.ready()
}

/** A live synchronizer brings what is put meanwhile, and ends when it is aborted. */
async function liveOn(here: Pair, to: DB | RemoteDatabase, peer: DB): Promise<void> {
  const stop = new AbortController()
  const living = createSynchronizer(here.native, to).live({ signal: stop.signal })
  for (let n = 0; n < 2; n += 1) {
    const ref = await here.native.put({ live: n })
    expect(await here.plain.put({ live: n })).toBe(ref)
    const end = Date.now() + 10_000
    while ((await peer.remoteHead(here.native.name)) !== ref && Date.now() < end) await sleep(5)
    expect(await peer.remoteHead(here.native.name)).toBe(ref)
  }
  stop.abort()
  await living
}
