/**
 * A way to a server that can be cut: every connection is destroyed, and new ones are refused, until it
 * is mended. Or connections stay and nothing goes through them any more.
 */

import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A proxy on a port of its own. */
export class CuttableProxy {
  readonly #to: { readonly host: string; readonly port: number }
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined
  /** Where it listens. */
  port = 0

  constructor(host: string, port: number) {
    this.#to = { host, port }
  }

  /** Lets connections through. */
  async mend(): Promise<void> {
    const server = createServer((client) => this.#connect(client))
    await new Promise<void>((resolve) => {
      server.listen(this.port, '127.0.0.1', resolve)
    })
    const address = server.address()
    if (typeof address === 'object' && address !== null) this.port = address.port
    this.#server = server
  }

  /** Destroys all connections, and refuses new ones. */
  async cut(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  /** Lets nothing through the connections that are there, and does not end them. */
  stall(): void {
    for (const socket of this.#sockets) socket.unpipe()
  }

  #connect(client: Socket): void {
    const server = createConnection(this.#to)
    for (const [one, other] of [
      [client, server],
      [server, client]
    ] as const) {
      this.#sockets.add(one)
      one.pipe(other)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        this.#sockets.delete(one)
        other.destroy()
      })
    }
  }
}

/** A proxy that lets through; the end of the test cuts it. */
export async function proxyTo(host: string, port: number): Promise<CuttableProxy> {
  const proxy = new CuttableProxy(host, port)
  await proxy.mend()
  onTestFinished(() => proxy.cut())
  return proxy
}
