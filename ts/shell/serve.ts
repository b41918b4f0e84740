/**
 * `serve`: a database over HTTP, safe as it is: for this machine, for reading.
 *
 * Whoever listens elsewhere, or lets others write, has a token. Without a token the `Host` of a request must be this
 * machine's, so that no page of a browser reads the database under a name of its own.
 */

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { isIPv6 } from 'node:net'
import type { HandlerOptions } from '../http-entry.js'
import { readingHere, writing } from './open.js'
import { exit, type Shell } from './shell.js'

const usualPort = 4680
const loopback = new Set(['127.0.0.1', '::1', 'localhost'])

/** Serves until a signal ends it. */
export async function run(shell: Shell): Promise<number> {
  const host = shell.option('host') ?? '127.0.0.1'
  const writes = shell.flag('write')
  const port = shell.count('port', 65_535) ?? usualPort
  const given = shell.option('token') ?? shell.env['HISTO_TOKEN']
  const wantsToken = writes || !loopback.has(host)
  const token = given || (wantsToken ? randomBytes(24).toString('base64url') : undefined)
  const db = writes ? await writing(shell) : await readingHere(shell)
  const { createListener } = await import('../http-entry.js')
  const listener = createListener(db, optionsOf(token, writes))
  const server = createServer((request, response) => {
    if (token !== undefined || isOwnHost(request, server)) return void listener(request, response)
    response.writeHead(403, { 'content-type': 'text/plain' }).end('This host is not served.\n')
  })
  await listening(server, port, host)
  shell.atEnd(() => closed(server))
  const url = urlOf(server, host)
  const made = given ? undefined : token
  const lines = [url, ...(made === undefined ? [] : [`HISTO_TOKEN=${made}`])]
  await shell.tell({ url, ...(made === undefined ? {} : { token: made }) }, ...lines)
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  return exit.done
}

/** All that a request may do. With a token nothing goes without it. */
function optionsOf(token: string | undefined, writes: boolean): HandlerOptions {
  if (token === undefined) return {}
  const own = digest(token)
  return {
    heads: writes ? 'fast-forward' : 'never',
    authorize: ({ action, request }) => {
      const [, shown = ''] = /^Bearer (.+)$/i.exec(request.headers.get('authorization') ?? '') ?? []
      return timingSafeEqual(digest(shown), own) && (writes || action === 'read')
    }
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** Whether the request was sent to this machine by one of its own names. */
function isOwnHost({ headers: { host = '' } }: IncomingMessage, server: Server): boolean {
  const { port } = server.address() as { port: number }
  return [...loopback].some((name) => {
    const written = isIPv6(name) ? `[${name}]` : name
    return host === `${written}:${port}` || (port === 80 && host === written)
  })
}

async function listening(server: Server, port: number, host: string): Promise<void> {
  server.listen(port, host)
  await once(server, 'listening')
}

async function closed(server: Server): Promise<void> {
  server.close()
  server.closeAllConnections()
  await once(server, 'close')
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as { port: number }
  return `http://${isIPv6(host) ? `[${host}]` : host}:${port}/`
}
