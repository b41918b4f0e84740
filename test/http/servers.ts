/**
 * Servers for the tests of HTTP, each closed when its test is over, and databases in each place.
 */

import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import {
  type ConnectOptions,
  connect,
  createHandler,
  createListener,
  type HandlerOptions,
  type RemoteDatabase
} from '../../ts/http-entry.js'
import { createDB, type DB } from '../../ts/index.js'
import { folder, opened } from '../contract/places.js'
import { manners } from '../support/user-stores.js'

/** Whatever is asked is allowed. */
export const openToAll: HandlerOptions = { authorize: () => true, heads: 'fast-forward' }

/** A server for one test; resolves with its URL. */
export async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  )
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** The URL of `db`, served by `node:http`. */
export function serve<T>(db: DB<T>, options: HandlerOptions = openToAll): Promise<string> {
  return listening(createServer(createListener(db, options) as RequestListener))
}

/** A client of `db`, without a server between. */
export function inProcess<T>(
  db: DB<T>,
  options: HandlerOptions = openToAll,
  connectOptions: ConnectOptions = {}
): RemoteDatabase<T> {
  const handler = createHandler(db, options)
  const fetch = (url: string, init: RequestInit) => handler(new Request(url, init))
  return connect<T>('http://in.process/db', { fetch, ...connectOptions })
}

/** A line of `count` revisions, each after the one before. */
export function line(db: DB<unknown>, count: number, word = 'revision'): Promise<string[]> {
  return db.putMany(Array.from({ length: count }, (_, number) => ({ data: { word, number } })))
}

/** New databases of each kind. */
export const kinds: readonly (readonly [string, (name: string) => Promise<DB<unknown>>])[] = [
  ['memory', (name) => opened({ name })],
  ['a path', (name) => opened({ name, path: folder() })],
  [
    'user stores',
    (name) => {
      const { revisionStore, branchStore } = (manners[0] as (typeof manners)[number]).make()
      return opened({ name, revisionStore, branchStore })
    }
  ]
]

export { connect, createDB, createHandler, createListener }
