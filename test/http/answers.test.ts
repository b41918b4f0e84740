/**
 * Answers, for one branch and for many: long ones are paged, duplicates are sent once, and a client that does not read is cut
 * off.
 *
 * Checked to fail: of short ones, without a body kept whole in `answers.ts`.
 */

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect as dial, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { DB } from '../../ts/index.js'
import { itemsOf } from '../../ts/wire/wire.js'
import { decodeRefs, encodeRefs } from '../../ts/wire/wire-refs.js'
import { failureOf, unknownRef } from '../contract/places.js'
import { asks, openToMany } from './asks.js'
import {
  connect,
  createDB,
  createHandler,
  createListener,
  inProcess,
  kinds,
  line,
  listening,
  openToAll
} from './servers.js'

const post = (db: DB<unknown>, path: string, body: Uint8Array<ArrayBuffer>) =>
  createHandler(db, openToMany)(new Request(`http://x/${path}`, { method: 'POST', body }))

const postRefs = (db: DB<unknown>, path: string, refs: readonly string[]) =>
  post(db, path, encodeRefs(refs) as Uint8Array<ArrayBuffer>)

async function page(answer: Response) {
  const refs = decodeRefs(new Uint8Array(await answer.arrayBuffer()), 1e6)
  return { refs, total: answer.headers.get('histo-revisions-total') }
}

test.each(kinds)('a difference comes in pages, over %s', async (_name, make) => {
  const db = await make('server')
  const refs = (await line(db, 100)).toReversed()
  const [head = '', base = ''] = [refs[0], refs[79]]
  const all: string[] = []
  for (let asked = 0; all.length < 79; asked += 1) {
    const after = all.length === 0 ? '' : `&after=${all.at(-1)}`
    const { refs, total } = await page(
      await postRefs(db, `difference?limit=20${after}`, [head, base])
    )
    expect(total).toBe('79')
    expect(refs).toHaveLength(asked === 3 ? 19 : 20)
    all.push(...refs)
  }
  expect(all).toEqual(refs.slice(0, 79))
  const end = await page(
    await postRefs(db, `difference?limit=20&after=${all.at(-1)}`, [head, base])
  )
  expect(end.refs).toEqual([])
  const whole = await page(await postRefs(db, 'difference', [head, base]))
  expect(whole).toEqual({ refs: refs.slice(0, 79), total: '79' })
})

test('a page behind what is not in the difference, or of no length, is refused', async () => {
  const db = createDB<unknown>()
  const [first = '', second = '', third = ''] = await line(db, 3)
  const after = (ref: string) => postRefs(db, `difference?limit=2&after=${ref}`, [third, second])
  expect((await after(unknownRef)).status).toBe(404)
  expect((await after(first)).status).toBe(404)
  for (const limit of ['0', '-1', 'x', '1.5'])
    expect((await postRefs(db, `difference?limit=${limit}`, [third])).status).toBe(400)
})

test('a short answer tells its length, with the head in one piece', async () => {
  const db = createDB<unknown>()
  const refs = await line(db, 3)
  const url = await listening(createServer(createListener(db, openToAll)))
  const writes: number[] = []
  const raw = (path: string, body: Uint8Array) =>
    new Promise<string>((resolve, reject) => {
      const socket = dial(Number(new URL(url).port), '127.0.0.1')
      let text = ''
      socket.setEncoding('latin1').on('error', reject)
      socket.on('data', (chunk) => {
        writes.push(chunk.length)
        text += chunk
      })
      socket.on('end', () => resolve(text))
      const head = `POST /${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n`
      socket.write(Buffer.concat([Buffer.from(head), body]))
    })
  for (const path of ['has', 'difference', 'pull']) {
    writes.length = 0
    const [head = '', body = ''] = (await raw(path, encodeRefs(refs.slice(-1)))).split('\r\n\r\n')
    expect(head).toContain(`content-length: ${body.length}`)
    expect(writes).toHaveLength(1)
  }
})

test('a difference of 100,000 is pages for a client, and refused in one', async () => {
  const db = createDB<unknown>()
  const refs = (await line(db, 100_000)).toReversed()
  const [head = ''] = refs
  const asked: string[] = []
  const handler = createHandler(db, openToAll)
  const fetch = (url: string, init: RequestInit) => {
    asked.push(url)
    return handler(url, init)
  }
  expect(await connect('http://x', { fetch }).refDifference(null, head)).toEqual(refs)
  expect(asked).toHaveLength(4)
  const answer = await postRefs(db, 'difference', [head])
  expect(answer.status).toBe(413)
  expect(await answer.json()).toMatchObject({ error: { code: 'HISTO_DENIED' } })
  const over = await page(await postRefs(db, 'difference?limit=1000000', [head]))
  expect(over.refs).toHaveLength(32_768)
}, 60_000)

test('a client does not follow a server that announces more refs than it has', async () => {
  const fetch = async () => {
    const headers = {
      'histo-revisions': '1',
      'content-type': 'application/vnd.histo-revisions',
      'histo-revisions-total': '5'
    }
    return await Promise.resolve(
      new Response(encodeRefs([]) as Uint8Array<ArrayBuffer>, { headers })
    )
  }
  const failure = await failureOf(connect('http://x', { fetch }).refDifference(null, unknownRef))
  expect(failure).toMatchObject({ code: 'HISTO_PROTOCOL' })
})

/** A client that asks by hand and reads nothing. */
function reader(url: string, path: string, body: Uint8Array): Socket {
  const socket = dial(Number(new URL(url).port), '127.0.0.1')
  socket.pause()
  ask(socket, path, body)
  return socket
}

function ask(socket: Socket, path: string, body: Uint8Array): void {
  socket.on('error', () => undefined)
  onTestFinished(() => void socket.destroy())
  socket.write(`POST /${path} HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n`)
  socket.write(body)
}

const incompressible = (size: number) => randomBytes(size << 20)

/** A server of one revision of a number of MiB that do not compress. */
async function large(timeout: number, size = 24) {
  const db = createDB<unknown>()
  const ref = await db.put(incompressible(size))
  const listener = createListener(db, { ...openToMany, timeout })
  return { ref, db, url: await listening(createServer(listener)) }
}

describe.each(asks)('%s', (_kind, { hasBody, pull, pullBody, revisions }) => {
  test('the same revision asked for 3,000 times is sent once, and a stream has it as often as asked', async () => {
    const db = createDB<unknown>({ name: 'server' })
    const [first = ''] = await line(db, 1)
    const large = await db.put(Buffer.alloc(1 << 20, 'x').toString())
    const asked = [large, first, ...new Array<string>(3000).fill(large), first]
    const answer = await post(db, revisions, hasBody(asked))
    const bytes = new Uint8Array(await answer.arrayBuffer())
    expect(bytes.length).toBeLessThan((1 << 20) + 1000)
    const chunks = (async function* () {
      yield await Promise.resolve(bytes)
    })()
    const refs: string[] = []
    const limits = { signal: undefined, maxRevisionBytes: 1 << 30, maxBytes: 1 << 30 }
    for await (const batch of itemsOf(chunks, limits)) refs.push(...batch.map(({ ref }) => ref))
    expect(refs).toEqual([large, first])
    const streamed: unknown[] = []
    for await (const { ref } of inProcess(db).createStream([first, large, first]))
      streamed.push(ref)
    expect(streamed).toEqual([first, large, first])
  })

  test('a client that reads an answer too slowly is cut off', async () => {
    const { ref, url } = await large(1000)
    let [bytes, isHungry] = [0, false]
    const callback = (taken: number) => {
      bytes += taken
      return isHungry
    }
    const onread = { buffer: new Uint8Array(100), callback }
    const socket = dial({ port: Number(new URL(url).port), host: '127.0.0.1', onread })
    const gone = once(socket, 'close').catch(() => undefined)
    ask(socket, pull, pullBody(ref))
    const timer = setInterval(() => socket.resume(), 100)
    await sleep(6000)
    clearInterval(timer)
    isHungry = true
    socket.resume()
    await gone
    expect(bytes).toBeLessThan(24 << 20)
  }, 60_000)

  /** By a clock of the test's own. Checked to fail: hand over whole chunks of 256 KiB, which take 64 s at that pace. */
  test.each([undefined, 1000])(
    'a client that reads 4 KiB a second gets all of it, with a timeout of %s',
    async (timeout) => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
      onTestFinished(() => void vi.useRealTimers())
      const db = createDB<unknown>()
      const ref = await db.put(incompressible(1))
      const handler = createHandler(
        db,
        timeout === undefined ? openToMany : { ...openToMany, timeout }
      )
      const request = { method: 'POST', body: pullBody(ref) as Uint8Array<ArrayBuffer> }
      const answer = await handler(new Request(`http://x/${pull}`, request))
      let bytes = 0
      for await (const chunk of answer.body ?? []) {
        bytes += chunk.length
        await vi.advanceTimersByTimeAsync(chunk.length / 4.096)
      }
      expect(bytes).toBeGreaterThan(1 << 20)
    }
  )

  test('a client that reads 3 MiB a second gets all of it over a wire, however long that takes', async () => {
    const { ref, url } = await large(1000, 8)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    onTestFinished(() => void vi.useRealTimers())
    const answer = await fetch(`${url}/${pull}`, { method: 'POST', body: pullBody(ref) })
    let bytes = 0
    for await (const chunk of answer.body ?? []) {
      bytes += chunk.length
      await vi.advanceTimersByTimeAsync(chunk.length / 3100)
    }
    expect(bytes).toBeGreaterThan(8 << 20)
  }, 60_000)

  test('a client that does not read delays others by at most 5 s, and is cut off', async () => {
    const { ref, url } = await large(60_000, 12)
    const idle = Array.from({ length: 4 }, () => reader(url, pull, pullBody(ref)))
    await sleep(1000)
    const begun = performance.now()
    const answer = await fetch(`${url}/${pull}`, { method: 'POST', body: pullBody(ref) })
    expect(answer.status).toBe(200)
    expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(12 << 20)
    expect(performance.now() - begun).toBeLessThan(12_000)
    for (const socket of idle) socket.destroy()
  }, 60_000)

  test('if too many wait, the answer is 503 with Retry-After', async () => {
    const { ref, db, url } = await large(60_000)
    for (let number = 0; number < 270; number += 1) reader(url, pull, pullBody(ref))
    await sleep(2000)
    const answer = await post(db, pull, pullBody(ref))
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('1')
    expect(answer.headers.get('histo-revisions')).toBe('1')
  }, 60_000)
})

/** Checked to fail: make the request before the promise. */
test('what is no request rejects, and does not throw', async () => {
  const handler = createHandler(createDB<number>()) as (request: unknown) => Promise<Response>
  for (const [request, what] of [
    [undefined, 'undefined'],
    [null, 'null'],
    [5, 'number'],
    [{}, 'an object']
  ]) {
    const { message, name } = await failureOf(handler(request))
    expect([name, message]).toEqual([
      'TypeError',
      `request must be a Request, a URL or a string, not ${what}`
    ])
  }
  expect((await handler(new URL('http://in.process/state'))).status).toBe(200)
})

/** Checked to fail: leave the message as the handler sent it, and send empty refs. */
test('an error names the ref, and an empty ref is that of no revision', async () => {
  const db = createDB<unknown>()
  const [ref = ''] = await line(db, 1)
  const remote = inProcess(db)
  expect(await remote.has(['', ref, unknownRef, ''])).toEqual([false, true, false, false])
  expect(await remote.has([''])).toEqual([false])
  const unknown = await failureOf(remote.refDifference(null, unknownRef))
  expect(unknown).toMatchObject({ code: 'HISTO_NOT_FOUND', ref: unknownRef })
  expect(unknown.message).toContain(unknownRef)
  const empty = await failureOf(remote.refDifference(null, ''))
  expect(empty).toMatchObject({ code: 'HISTO_NOT_FOUND', ref: '' })
})
