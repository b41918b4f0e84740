/**
 * `serve`: serves a database over HTTP, safe by default: only to this machine, only for reading.
 *
 * A server that listens on another host, or allows writing, has a token. Without a token the `Host` of a request must be a
 * name of this machine, so that no page in a browser reads the database through a name that points here.
 */

import { randomBytes } from 'node:crypto'
import { bearerDigest, digest, isSame } from '../http/server/bearer.js'
import type { HandlerOptions } from '../http-entry.js'
import { listen, loopback, stopped } from './local-server.js'
import { readingHere, writing } from './open.js'
import { exit, type Shell } from './shell.js'

const usualPort = 4680

/** Serves until a signal ends it. */
export async function run(shell: Shell): Promise<number> {
  const host = shell.option('host') ?? '127.0.0.1'
  const writes = shell.flag('write')
  const port = shell.count('port', { most: 65_535 }) ?? usualPort
  const given = shell.option('token') ?? shell.env['HISTO_TOKEN']
  const wantsToken = writes || !loopback.has(host)
  const token = given || (wantsToken ? randomBytes(24).toString('base64url') : undefined)
  const db = writes ? await writing(shell) : await readingHere(shell)
  const { createListener } = await import('../http-entry.js')
  const listener = createListener(db, optionsOf(token, writes))
  const url = await listen(shell, { host, port, checksHost: token === undefined }, listener)
  const made = given ? undefined : token
  const end = stopped() // from now on a signal closes the database first
  const lines = [url, ...(made === undefined ? [] : [`HISTO_TOKEN=${made}`])]
  await shell.tell({ url, ...(made === undefined ? {} : { token: made }) }, ...lines)
  await shell.note('control-C ends it')
  await end
  return exit.done
}

/** The options of the handler. If there is a token, every request needs it. */
function optionsOf(token: string | undefined, writes: boolean): HandlerOptions {
  if (token === undefined) return { branches: true }
  const own = digest(token)
  return {
    branches: true,
    heads: writes ? 'fast-forward' : 'never',
    authorize: ({ action, request }) => {
      const isAllowed = action === 'read' || (writes && action !== 'delete')
      return isSame(bearerDigest(request), own) && isAllowed
    }
  }
}
