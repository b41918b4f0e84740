/** Bodies of requests: JSON, lists of refs and slow senders cost no more than what is asked needs. */

import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect as dial } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import type { HandlerOptions } from '../../ts/http-entry.js'
import { encodeRefs } from '../../ts/wire/wire-refs.js'
import { unknownRef } from '../contract/places.js'
import { createDB, createHandler, createListener, line, listening, openToAll } from './servers.js'

const jsonType = { 'content-type': 'application/json' }

/** A handler of three revisions, and its answer to a body in a number of pieces. */
async function served(options: HandlerOptions = openToAll) {
  const db = createDB<unknown>({ name: 'server' })
  const refs = await line(db, 3)
  const handler = createHandler(db, options)
  const post = (operation: string, pieces: readonly Uint8Array[], headers = {}) => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const piece of pieces) controller.enqueue(piece)
        controller.close()
      }
    })
    const init = { method: 'POST', headers, body, duplex: 'half' } as const
    return handler(new Request(`http://x/${operation}`, init))
  }
  return { db, refs, post }
}

/** The event loop's longest halt in ms from now on. */
function halts() {
  let [worst, last] = [0, performance.now()]
  const timer = setInterval(() => {
    const now = performance.now()
    worst = Math.max(worst, now - last)
    last = now
  }, 1)
  onTestFinished(() => clearInterval(timer))
  return () => worst
}

function inPieces(content: string | Buffer, size: number): Buffer[] {
  const bytes = Buffer.from(content as string)
  const count = Math.ceil(bytes.length / size)
  return Array.from({ length: count }, (_, at) => bytes.subarray(at * size, (at + 1) * size))
}

const list = (refs: readonly string[]) => Buffer.from(encodeRefs(refs)).toString('base64')

test.each([1, 2, 3, 7, 64, 100_000])(
  'base64 in JSON is read in pieces of %i bytes',
  async (size) => {
    const { refs, post } = await served()
    const asked = [...refs, unknownRef, ...refs]
    const base64 = list(asked)
    for (const text of [
      JSON.stringify({ base64 }),
      ` \n{\t"base64" : "${base64}" }\r\n`,
      `{"base64":"${base64.replaceAll('/', '\\/').replaceAll('+', '\\u002b')}"}`,
      `{"base64":"${base64.replace(/=+$/, '')}"}`
    ]) {
      const answer = await post('has', inPieces(text, size), jsonType)
      expect(answer.status).toBe(200)
      expect([...new Uint8Array(await answer.arrayBuffer())]).toEqual([0b1110111])
    }
  }
)

const valid = list([unknownRef])

test.each([
  ['nothing', ''],
  ['an array', '[{},{}]'],
  ['another member', `{"base64":"${valid}","x":[{},{}]}`],
  ['another member before', `{"x":1,"base64":"${valid}"}`],
  ['no string', '{"base64":1}'],
  ['no base64', `{"base64":"${valid.replace(/.$/, '%')}"}`],
  ['padding within', `{"base64":"AA==${valid}"}`],
  ['an escape that is none', '{"base64":"\\x"}'],
  ['a string that does not end', `{"base64":"${valid}`],
  ['an object that does not end', `{"base64":"${valid}"`],
  ['more behind it', `{"base64":"${valid}"}}`],
  ['only space', ' '.repeat(5000)]
])('a JSON body with %s is refused', async (_name, text) => {
  const { post } = await served()
  for (const size of [1, 1 << 16]) {
    const answer = await post('has', inPieces(text, size), jsonType)
    expect(answer.status).toBe(400)
  }
})

test('33 MB of JSON that is none of ours is refused at its first piece, with no halt', async () => {
  const { post } = await served()
  const bomb = Buffer.from(`{"base64":"","x":[${'{},'.repeat(11e6)}0]}`)
  const worst = halts()
  const before = process.memoryUsage().rss
  expect((await post('has', [bomb], jsonType)).status).toBe(400)
  expect(process.memoryUsage().rss - before).toBeLessThan(16e6)
  await sleep(5)
  expect(worst()).toBeLessThan(100)
})

test('a list has no more bytes than refs of its kind need', async () => {
  const { post } = await served()
  const builtIn = new Uint8Array(1 + 65_536 * 32 + 1)
  expect((await post('has', [builtIn])).status).toBe(400)
  expect((await post('has', [builtIn.subarray(0, -1)])).status).toBe(200)
  const long = encodeRefs(new Array(65_536).fill('x'.repeat(513)))
  expect((await post('has', [long])).status).toBe(413)
  const short = encodeRefs(new Array(65_536).fill('x'.repeat(512)))
  expect((await post('has', [short])).status).toBe(200)
})

test('the largest lists, in JSON too, block the event loop for at most some ms', async () => {
  const { post } = await served()
  for (const list of [
    new Uint8Array(1 + 65_536 * 32),
    encodeRefs(new Array(65_536).fill('x'.repeat(512)))
  ]) {
    const json = JSON.stringify({ base64: Buffer.from(list).toString('base64') })
    for (const [body, headers] of [
      [list, {}],
      [Buffer.from(json), jsonType]
    ] as const) {
      await sleep(20)
      const worst = halts()
      expect((await post('has', [body], headers)).status).toBe(200)
      await sleep(5)
      expect(worst()).toBeLessThan(250)
    }
  }
}, 60_000)

test('a body that moved much and then trickles has no more time than one that never moved', async () => {
  const options = { ...openToAll, timeout: 300 }
  const url = await listening(createServer(createListener(createDB(), options)))
  const socket = dial(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => undefined)
  const head =
    'POST /has HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 2000000\r\n\r\n'
  socket.write(Buffer.concat([Buffer.from(head), new Uint8Array(1_900_000)]))
  const begun = performance.now()
  const timer = setInterval(() => socket.write('x'), 50)
  const [answer] = await once(socket, 'data')
  clearInterval(timer)
  socket.destroy()
  expect(String(answer)).toMatch(/^HTTP\/1.1 408/)
  expect(performance.now() - begun).toBeLessThan(5000)
}, 20_000)

test('a body of 4 KiB a second is not cut off, however long it takes', async () => {
  const db = createDB<unknown>()
  await line(db, 1)
  const options = { ...openToAll, timeout: 300 }
  const url = await listening(createServer(createListener(db, options)))
  const body = Buffer.from(encodeRefs(new Array(400).fill(unknownRef)))
  const pieces = inPieces(body, 1300)
  const stream = new ReadableStream({
    async pull(controller) {
      await sleep(200)
      const piece = pieces.shift()
      if (piece === undefined) controller.close()
      else controller.enqueue(new Uint8Array(piece))
    }
  })
  const init = { method: 'POST', body: stream, duplex: 'half' } as RequestInit
  expect((await fetch(`${url}/has`, init)).status).toBe(200)
}, 20_000)
