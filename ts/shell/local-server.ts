/**
 * A server for this machine: it listens, checks whether a request uses its own name, and ends with the run.
 */

import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { isIPv6 } from 'node:net'
import { codeOf, Refusal } from './fail.js'
import type { Shell } from './shell.js'

/** Names of this machine. */
export const loopback: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost'])

/** Where to listen, and whether to refuse requests to names other than this machine's. */
interface Listening {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  readonly checksHost: boolean
}

/** Answers a request. */
type Answers = (request: IncomingMessage, response: ServerResponse) => unknown

/** Listens until the run ends; returns the address. */
export async function listen(
  shell: Shell,
  { host, port, checksHost }: Listening,
  answers: Answers
): Promise<string> {
  const server = createServer((request, response) => {
    if (!checksHost || isOwnHost(request, server)) return void answers(request, response)
    response.writeHead(403, { 'content-type': 'text/plain' }).end('This host is not served.\n')
  })
  server.listen(port, host)
  await once(server, 'listening').catch((error: unknown) => refuse(error, host, port))
  shell.atEnd(() => closed(server))
  return urlOf(server, host)
}

/** Says in words why nobody can listen there. */
function refuse(cause: unknown, host: string, port: number): never {
  const reasons: Readonly<Partial<Record<string, string>>> = {
    EADDRINUSE: 'the port is taken; --port chooses another',
    EACCES: 'you may not use this port; --port chooses another',
    EADDRNOTAVAIL: 'this machine has no such address',
    ENOTFOUND: 'this machine has no such address'
  }
  const why = reasons[codeOf(cause) ?? '']
  if (why === undefined) throw cause
  throw new Refusal(`cannot listen on ${host}, port ${port}: ${why}`)
}

/** Resolves with the signal that ends a server. */
export async function stopped(): Promise<void> {
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
}

/** Whether the request's `Host` is one of this machine's own names. */
function isOwnHost({ headers: { host = '' } }: IncomingMessage, server: Server): boolean {
  const { port } = server.address() as { port: number }
  return [...loopback].some((name) => {
    const written = isIPv6(name) ? `[${name}]` : name
    return host === `${written}:${port}` || (port === 80 && host === written)
  })
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
