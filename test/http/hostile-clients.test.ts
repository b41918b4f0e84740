/**
 * Clients that forge, flood, stall, repeat, for one branch and for many: the database is untouched by what was wrong. What only
 * requests for many branches can do: `branches-hostile.test.ts`, `branches-forged.test.ts`.
 */

import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect as dial } from 'node:net'
import { describe, expect, test, vi } from 'vitest'
import type { HandlerOptions } from '../../ts/http-entry.js'
import { createSynchronizer, type DB } from '../../ts/index.js'
import { encodeRefs } from '../../ts/wire/wire-refs.js'
import { failureOf, unknownRef } from '../contract/places.js'
import { asks, openToMany } from './asks.js'
import {
  connect,
  createDB,
  createHandler,
  createListener,
  inProcess,
  line,
  listening,
  openToAll,
  serve
} from './servers.js'
import { chain, wire } from './wires.js'

/** The handler's answer to a push of these bytes. */
async function pushed(
  db: DB<unknown>,
  path: string,
  body: Uint8Array,
  options: HandlerOptions = {}
) {
  const handler = createHandler(db, { ...openToMany, ...options })
  const init = { method: 'POST', body: body as Uint8Array<ArrayBuffer> }
  const answer = await handler(new Request(`http://x/${path}`, init))
  const text = await answer.text()
  return { status: answer.status, code: text === '' ? '' : JSON.parse(text).error?.code }
}

/** The text that a server sends on a socket before it closes it. */
async function spoken(url: string, write: (send: (text: string) => void) => void): Promise<string> {
  const socket = dial(Number(new URL(url).port), '127.0.0.1')
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  socket.on('error', () => undefined)
  write((part) => socket.write(part))
  await once(socket, 'close')
  return text
}

describe.each(asks)('%s', (_kind, { has, pull, pullBody, push }) => {
  test('a forged revision is refused and not written', async () => {
    const db = createDB<unknown>()
    const forged = [...chain(3), { ref: unknownRef, ancestors: [], payload: '"forged"' }]
    expect(await pushed(db, push, await wire(forged))).toEqual({
      status: 422,
      code: 'HISTO_CORRUPT'
    })
    expect(await db.has([unknownRef])).toEqual([false])
  })

  test('revisions without their ancestors are refused, and none is there', async () => {
    const db = createDB<unknown>()
    const items = chain(4).slice(1)
    const answer = await pushed(db, push, await wire(items))
    expect(answer).toEqual({ status: 422, code: 'HISTO_MISSING_ANCESTOR' })
    expect(await db.has(items.map(({ ref }) => ref))).toEqual([false, false, false])
  })

  test('a stream that is cut short, doubled or followed by more is refused', async () => {
    const whole = await wire(chain(3))
    for (const body of [
      new Uint8Array(0),
      whole.subarray(0, 3),
      whole.subarray(0, -1),
      Buffer.concat([whole, whole]),
      Buffer.concat([whole, Buffer.from([0])])
    ]) {
      const answer = await pushed(createDB(), push, body)
      expect(answer).toEqual({ status: 400, code: 'HISTO_PROTOCOL' })
    }
  })

  test('the same push twice, and in another order, is the same as once', async () => {
    const db = createDB<unknown>()
    const items = chain(5)
    for (const body of [await wire(items), await wire(items), await wire(items.toReversed())]) {
      expect(await pushed(db, push, body)).toMatchObject({ status: 200 })
    }
    const [last] = items.slice(-1)
    expect(await db.refDifference(null, last?.ref ?? '')).toHaveLength(5)
  })

  test('any byte of a push changed: what is there afterwards is what was sent, or nothing', async () => {
    const items = chain(30)
    const wires = [await wire(items), await wire(items, true)]
    const refs = new Set(items.map(({ ref }) => ref))
    for (let round = 0; round < 300; round += 1) {
      const db = createDB<unknown>()
      const body = Buffer.from(wires[round % 2] ?? '')
      const at = Math.floor(Math.random() * body.length)
      body[at] = (body[at] ?? 0) ^ (1 << Math.floor(Math.random() * 8))
      const { status } = await pushed(db, push, body)
      expect([200, 400, 413, 422]).toContain(status)
      const there = await db.verify()
      expect(there).toMatchObject({ ok: true })
      const known = await db.has([...refs])
      expect(known.filter(Boolean)).toHaveLength(there.revisions)
    }
  }, 60_000)

  test('what unpacks to more than maxBodyBytes is refused', async () => {
    const payload = JSON.stringify('0'.repeat(50 * 1024 * 1024))
    const bomb = await wire([{ ref: unknownRef, ancestors: [], payload }], true)
    expect(bomb.length).toBeLessThan(1024 * 1024)
    const answer = await pushed(createDB(), push, bomb, { maxBodyBytes: 1024 * 1024 })
    expect(answer).toEqual({ status: 413, code: 'HISTO_DENIED' })
  })

  test('a body that trickles or rests is cut off', async () => {
    const url = await listening(
      createServer(createListener(createDB(), { ...openToMany, timeout: 300 }))
    )
    const begin = (path: string) =>
      `POST /${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 9999\r\n\r\n`
    const trickling = (path: string) => {
      let timer: NodeJS.Timeout | undefined
      return spoken(url, (send) => {
        send(begin(path))
        timer = setInterval(() => send('x'), 50)
      }).finally(() => clearInterval(timer))
    }
    const resting = (path: string) => spoken(url, (send) => send(begin(path)))
    for (const text of await Promise.all(
      [push, has].flatMap((path) => [trickling(path), resting(path)])
    ))
      expect(text).toMatch(/^HTTP\/1.1 40[08]/)
  }, 60_000)

  test('an answer that nobody takes is given up', async () => {
    const db = createDB<unknown>()
    await db.put(new Uint8Array(64 * 1024 * 1024))
    const url = await serve(db, { ...openToMany, timeout: 300 })
    const body = pullBody(db.head() ?? '')
    const socket = dial(Number(new URL(url).port), '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write(`POST /${pull} HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n`)
    socket.write(body)
    socket.pause()
    await new Promise((resolve) => setTimeout(resolve, 2000))
    let bytes = 0
    socket.on('data', (chunk) => {
      bytes += chunk.length
    })
    socket.resume()
    await once(socket, 'close')
    expect(bytes).toBeLessThan(64 * 1024 * 1024)
  }, 60_000)
})

test.each([
  ['maxRevisionBytes', { maxRevisionBytes: 1000 }, 'x'.repeat(2000)],
  ['maxBodyBytes', { maxBodyBytes: 1000 }, 'x'.repeat(2000)]
])('over %s a push is HISTO_DENIED, and asked once', async (_name, limits, data) => {
  const [server, client] = [createDB<unknown>(), createDB<unknown>({ name: 'client' })]
  await client.put(data)
  const asked: string[] = []
  const handler = createHandler(server, { ...openToAll, ...limits })
  const fetch = (url: string, init: RequestInit) => {
    asked.push(url)
    return handler(new Request(url, init))
  }
  const failure = await failureOf(client.push(connect('http://x', { fetch })))
  expect(failure).toMatchObject({ code: 'HISTO_DENIED', retryable: false })
  expect(asked.filter((url) => url.includes('/push')).length).toBeLessThan(2)
  expect(await server.has([client.head() ?? ''])).toEqual([false])
  expect(await server.remotes()).toEqual({})
})

test('a body that is refused while it is being sent is heard of', async () => {
  const url = await serve(createDB(), { authorize: () => true, maxBodyBytes: 1000 })
  const body = new Uint8Array(8 * 1024 * 1024)
  const answer = await fetch(`${url}/push?remote=x`, { method: 'POST', body })
  expect(answer.status).toBe(413)
  const denied = await serve(createDB(), { authorize: () => false })
  const refused = await fetch(`${denied}/push?remote=x`, { method: 'POST', body })
  expect(refused.status).toBe(403)
})

test('more refs than may be asked about are refused', async () => {
  const db = createDB<unknown>()
  await line(db, 1)
  const handler = createHandler(db)
  const many = encodeRefs(new Array(65_537).fill(unknownRef)) as Uint8Array<ArrayBuffer>
  const answer = await handler(new Request('http://x/has', { method: 'POST', body: many }))
  expect(answer.status).toBe(400)
})

test('a client that leaves in the middle of a push leaves whole batches, and the server continues', async () => {
  const [server, client] = [createDB<unknown>(), createDB<unknown>({ name: 'client' })]
  await client.put(new Uint8Array(4 * 1024 * 1024).map(() => Math.random() * 256))
  const told = vi.fn()
  const url = await serve(server, { ...openToAll, onError: told })
  const controller = new AbortController()
  const slow = (target: string, init: RequestInit) => {
    if (target.includes('/push')) setTimeout(() => controller.abort(new Error('gone')), 5)
    return fetch(target, init)
  }
  const { signal } = controller
  const leaving = client.push(connect(url, { fetch: slow }), { signal })
  await leaving.catch((error: Error) => expect(error.message).toBe('gone'))
  expect(await server.verify()).toMatchObject({ ok: true })
  await client.push(connect(url))
  expect(server.head()).toBe(client.head())
  expect(told).not.toHaveBeenCalled()
})

test('a client that sets its remote head to what is not there is refused', async () => {
  const db = createDB<unknown>()
  const setting = inProcess(db).setRemoteHead('client', unknownRef)
  expect(await failureOf(setting)).toMatchObject({ code: 'HISTO_NOT_FOUND', ref: unknownRef })
  expect(await db.remotes()).toEqual({})
})

test('bodies of a hand-written client have the same limits', async () => {
  const db = createDB<unknown>()
  const remote = inProcess(db)
  await remote.remoteHead('by hand')
  const forged = remote.writeStream([{ ref: unknownRef, ancestors: [], data: 'forged' }])
  expect(await failureOf(forged)).toMatchObject({ code: 'HISTO_CORRUPT' })
  const orphan = remote.writeStream([{ ancestors: [unknownRef], data: 'orphan' }])
  expect(await failureOf(orphan)).toMatchObject({ code: 'HISTO_MISSING_ANCESTOR' })
  const items = chain(5).map(({ ref, ancestors, payload }) => ({
    ref,
    ancestors,
    data: JSON.parse(String(payload)) as unknown
  }))
  await remote.writeStream(items.toReversed())
  expect(await db.has(items.map(({ ref }) => ref))).not.toContain(false)
  const byHand = { name: 'by hand', ...sourceOf(items) }
  const run = await createSynchronizer(byHand, remote).run()
  expect(run).toMatchObject({ head: items.at(-1)?.ref })
  expect(await db.remoteHead('by hand')).toBe(items.at(-1)?.ref)
})

function sourceOf(items: readonly { ref: string; ancestors: readonly string[]; data: unknown }[]) {
  type Answer<R> = (error?: unknown, result?: R) => void
  return {
    head: (callback: Answer<string | null>) => callback(null, items.at(-1)?.ref ?? null),
    refDifference: (_from: unknown, _to: unknown, callback: Answer<readonly string[]>) =>
      callback(null, items.map(({ ref }) => ref).toReversed()),
    createStream: (refs: readonly string[]) => {
      const wanted = items.filter(({ ref }) => refs.includes(ref))
      return { read: (callback: Answer<(typeof items)[number]>) => callback(null, wanted.shift()) }
    }
  }
}
