/**
 * Middlemen between a client and a server, written by hand, and a client that counts what it asks.
 */

import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import {
  type AddressInfo,
  createServer as createRelay,
  connect as dial,
  type Socket
} from 'node:net'
import { onTestFinished } from 'vitest'
import { type ConnectOptions, connect, type RemoteDatabase } from '../../ts/http-entry.js'
import { listening } from './servers.js'

/** The last segment of a request's path. */
export const operationOf = (url: string): string =>
  new URL(url, 'http://x').pathname.split('/').at(-1) ?? ''

/** A client, and the operations that it asked for, with the time of each. */
export interface Counted<T> {
  readonly remote: RemoteDatabase<T>
  readonly asked: { readonly operation: string; readonly at: number }[]
  /** How many there were since a time that `performance.now()` told. */
  readonly since: (at: number) => number
}

/** A client of `url`. */
export function counted<T>(url: string, options: ConnectOptions = {}): Counted<T> {
  const asked: Counted<T>['asked'] = []
  const ask = options.fetch ?? ((to, init) => fetch(to, init))
  const remote = connect<T>(url, {
    ...options,
    fetch: (to, init) => {
      asked.push({ operation: operationOf(to), at: performance.now() })
      return ask(to, init)
    }
  })
  return { remote, asked, since: (at) => asked.filter((one) => one.at >= at).length }
}

/** The behaviour of a relay between two sockets; it may cut them. */
export type Joint = (near: Socket, far: Socket) => void

/** A relay of bytes to the server at `url`; resolves with its own URL. */
export async function relay(url: string, joint: Joint): Promise<string> {
  const { hostname, port } = new URL(url)
  const sockets = new Set<Socket>()
  const server = createRelay({ noDelay: true }, (near) => {
    const far = dial({ host: hostname, port: Number(port), noDelay: true })
    for (const [one, other] of [
      [near, far],
      [far, near]
    ] as const) {
      sockets.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
    }
    joint(near, far)
    near.pipe(far)
    far.pipe(near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Cuts a connection on which nothing was sent for a number of milliseconds. */
export function cutting(milliseconds: number): Joint {
  return (near, far) => {
    const cut = () => near.resetAndDestroy()
    let timer = setTimeout(cut, milliseconds)
    for (const socket of [near, far]) {
      socket.on('data', () => {
        clearTimeout(timer)
        timer = setTimeout(cut, milliseconds)
      })
      socket.on('close', () => clearTimeout(timer))
    }
  }
}

/** Answers a request in place of the server; `false` passes it on to the server. */
export type Answers = (incoming: IncomingMessage, outgoing: ServerResponse) => boolean

/** A proxy of requests to the server at `url`; resolves with its own URL. */
export function proxy(url: string, answers: Answers = () => false): Promise<string> {
  return listening(
    createServer((incoming, outgoing) => {
      if (answers(incoming, outgoing)) return
      const { method, headers } = incoming
      const onward = request(new URL(incoming.url ?? '/', url), { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
        answer.on('error', () => outgoing.destroy())
      })
      onward.on('error', () => outgoing.destroy())
      outgoing.on('close', () => onward.destroy())
      incoming.pipe(onward)
    })
  )
}
