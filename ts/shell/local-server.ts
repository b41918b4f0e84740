/**
 * A server of this machine: it listens, tells its own names from others, and ends with the run.
 */

import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { isIPv6 } from 'node:net'
import type { Shell } from './shell.js'

/** Names of this machine. */
export const loopback: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost'])

/** Where it listens, and whether requests to other names than this machine's are refused. */
export interface Listening {
  readonly host: string
  /** 0: any that is free. */
  readonly port: number
  readonly checksHost: boolean
}

/** Answers a request. */
export type Answers = (request: IncomingMessage, response: ServerResponse) => unknown

/** Listens until the run ends; its address. */
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
  await once(server, 'listening')
  shell.atEnd(() => closed(server))
  return urlOf(server, host)
}

/** Resolves with the signal that ends a server. */
export async function stopped(): Promise<void> {
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
}

/** Whether the request was sent to this machine by one of its own names. */
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
