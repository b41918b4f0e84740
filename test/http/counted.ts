/**
 * Versions of a document for the tests of changes over HTTP, and a client whose bytes are counted.
 */

import type { HandlerOptions } from '../../ts/http-entry.js'
import type { DB } from '../../ts/index.js'
import { connect, createHandler, openToAll } from './servers.js'

const header = 'histo-revisions-can'
type Row = { id: number; note: string }

/** Versions of a document of some 110 KB, which take 80 KB compressed; each changes a row. */
export async function versionsIn(db: DB<unknown>, count: number): Promise<string[]> {
  const word = () => Math.random().toString(36).slice(2)
  const note = () => Array.from({ length: 9 }, word).join('')
  const rows: Row[] = Array.from({ length: 1000 }, (_, id) => ({ id, note: note() }))
  const refs: string[] = []
  for (let n = 0; n < count; n += 1) {
    rows[(n * 7) % 1000] = { id: (n * 7) % 1000, note: `edited ${n}` }
    refs.push(await db.put(structuredClone(rows)))
  }
  return refs
}

/** Puts the next version of the document at the head. */
export function editIn(db: DB<unknown>, note: string): Promise<string> {
  return db.update((data) => {
    const rows = data as Row[]
    rows[500] = { id: 500, note }
    return rows
  })
}

/** The side that is of a time before deltas, or before changes of what the other side has. */
export type Before = 'client' | 'server' | 'client without bases' | 'server without bases'

/** Bytes of bodies, each way, and the statuses of answers. */
export interface Moved {
  sent: number
  came: number
  readonly statuses: number[]
}

/** A client of `db` whose bytes are counted. */
export function counted(db: DB<unknown>, before?: Before, options: HandlerOptions = openToAll) {
  const handler = createHandler(db, options)
  const moved: Moved = { sent: 0, came: 0, statuses: [] }
  const fetch = async (url: string | URL | Request, init?: RequestInit) => {
    const place = new URL(url instanceof Request ? url.url : url)
    if (before === 'client without bases') place.searchParams.delete('bases')
    const request = new Request(place, init)
    if (before === 'client') request.headers.set(header, 'meta')
    const body = new Uint8Array(await request.arrayBuffer())
    moved.sent += body.byteLength
    const { method, headers, signal } = request
    const sent = new Request(place, {
      method,
      headers,
      signal,
      ...(method === 'POST' && { body })
    })
    const answer = await handler(sent)
    const bytes = new Uint8Array(await answer.arrayBuffer())
    moved.came += bytes.byteLength
    moved.statuses.push(answer.status)
    const told = new Headers(answer.headers)
    if (before === 'server') told.set(header, 'meta')
    if (before !== 'server without bases' || !place.pathname.endsWith('/state')) {
      return new Response(bytes, { status: answer.status, headers: told })
    }
    const { bases: _, ...state } = JSON.parse(Buffer.from(bytes).toString())
    return new Response(JSON.stringify(state), { status: answer.status, headers: told })
  }
  return { remote: connect<unknown>('http://in.process/db', { fetch }), moved }
}
