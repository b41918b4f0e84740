/**
 * More middlemen, each as a proxy before a server: `make` starts it and answers its URL.
 */

import { request } from 'node:http'
import type { Socket } from 'node:net'
import { createGzip } from 'node:zlib'
import { Random } from '../../ts/suite/random.js'
import { type Answers, cutting, type Joint, operationOf, proxy, relay } from './middlemen.js'

/** Numbers from 0 up to 1, the same for the same seed. */
export function random(seed: number): () => number {
  const numbers = new Random(seed)
  return () => numbers.below(2 ** 32) / 2 ** 32
}

/** Resets each connection after some bytes in either direction, from `least` up to `most`. */
export function resetting(seed: number, least: number, most: number): Joint {
  const next = random(seed)
  return (near, far) => {
    let left = least + next() * (most - least)
    const count = (chunk: Uint8Array) => {
      left -= chunk.byteLength
      if (left < 0) near.resetAndDestroy()
    }
    for (const socket of [near, far]) socket.on('data', count)
  }
}

/** Cuts all connections periodically, and then accepts none for a while. */
function reloading(every: number, closed: number): Joint {
  const begun = performance.now()
  const sockets = new Set<Socket>()
  return (near) => {
    const at = (performance.now() - begun) % every
    if (at < closed) return void near.resetAndDestroy()
    const timer = setTimeout(() => near.resetAndDestroy(), every - at)
    sockets.add(near)
    near.on('close', () => {
      sockets.delete(near)
      clearTimeout(timer)
    })
  }
}

/** Buffers each request and each answer whole; with `zip` it compresses the answer. */
function buffering(url: string, zip: boolean): Answers {
  return (incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const { method, headers } = incoming
      const to = new URL(incoming.url ?? '/', url)
      const onward = request(to, { method, headers }, (answer) => {
        const parts: Buffer[] = []
        answer.on('data', (chunk: Buffer) => parts.push(chunk))
        answer.on('error', () => outgoing.destroy())
        answer.on('end', () => {
          const {
            'content-length': _length,
            'transfer-encoding': _coding,
            ...rest
          } = answer.headers
          const more = zip ? { ...rest, 'content-encoding': 'gzip' } : rest
          outgoing.writeHead(answer.statusCode ?? 502, more)
          const body = Buffer.concat(parts)
          if (!zip) return void outgoing.end(body)
          const gzip = createGzip()
          gzip.pipe(outgoing)
          gzip.end(body)
        })
      })
      onward.on('error', () => outgoing.destroy())
      outgoing.on('close', () => onward.destroy())
      onward.end(Buffer.concat(chunks))
    })
    return true
  }
}

/** Refuses requests beyond a number per second. */
function rating(perSecond: number, status: number, headers: Record<string, string>): Answers {
  let [second, count] = [0, 0]
  return (_incoming, outgoing) => {
    const now = Math.floor(performance.now() / 1000)
    ;[second, count] = now === second ? [second, count + 1] : [now, 1]
    if (count <= perSecond) return false
    outgoing.writeHead(status, headers).end('too much')
    return true
  }
}

/** Answers some requests by itself, by a seed, as a router does that loses its servers now and then. */
function losing(seed: number): Answers {
  const next = random(seed)
  return (_incoming, outgoing) => {
    if (next() > 0.2) return false
    outgoing.writeHead(next() > 0.5 ? 404 : 502).end('<html>no upstream</html>')
    return true
  }
}

/** Refuses bodies of more bytes. */
export function limiting(bytes: number, told: { refused: number } = { refused: 0 }): Answers {
  return ({ headers }, outgoing) => {
    if (Number(headers['content-length'] ?? 0) <= bytes) return false
    told.refused += 1
    outgoing.writeHead(413, { 'content-type': 'text/html' }).end('<html>413</html>')
    return true
  }
}

/** Refuses each wait for a change after a number of ms. */
function impatient(milliseconds: number, url: string): Answers {
  return (incoming, outgoing) => {
    if (operationOf(incoming.url ?? '') !== 'changes') return false
    const onward = request(new URL(incoming.url ?? '/', url), (answer) => {
      clearTimeout(timer)
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    const timer = setTimeout(() => {
      onward.destroy()
      outgoing.writeHead(504).end('<html>504</html>')
    }, milliseconds)
    onward.on('error', () => undefined)
    onward.end()
    return true
  }
}

/** Each with a name. */
export const middlemen: readonly (readonly [string, (url: string) => Promise<string>])[] = [
  ['nobody', (url) => Promise.resolve(url)],
  ['what cuts connections at rest', (url) => relay(url, cutting(700))],
  ['what buffers', (url) => proxy(url, buffering(url, false))],
  ['what compresses', (url) => proxy(url, buffering(url, true))],
  ['what takes 20 KiB', (url) => proxy(url, limiting(20 * 1024))],
  ['what resets at random bytes', (url) => relay(url, resetting(14, 4000, 200_000))],
  ['what answers 429', (url) => proxy(url, rating(8, 429, { 'retry-after': '1' }))],
  ['what answers 503', (url) => proxy(url, rating(8, 503, {}))],
  ['what loses its servers', (url) => proxy(url, losing(7))],
  ['what gives up waiting', (url) => proxy(url, impatient(600, url))],
  ['what is loaded anew again and again', (url) => relay(url, reloading(1500, 200))]
]
