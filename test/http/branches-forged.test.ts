/**
 * Clients of many branches that forge, repeat, leave, or send too much: heads are where somebody could have moved them, and
 * nothing is told of what the named branches do not reach.
 *
 * Checked to fail: without `expectPermitted` or the look-up of refs in `noteBranches`, and where `pullBranches` starts from
 * all refs of the body (`ts/http/server/branches-writing.ts`, `branches-reading.ts`).
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { encodeNames } from '../../ts/http/compare.js'
import { joined, partsOf } from '../../ts/http/sections.js'
import type { HandlerOptions } from '../../ts/http-entry.js'
import { createDB, type DB } from '../../ts/index.js'
import { decodeBits, decodeRefs, encodeRefs } from '../../ts/wire/wire-refs.js'
import { failureOf, unknownRef } from '../contract/places.js'
import { openToMany } from './asks.js'
import { random } from './scripted.js'
import { connect, createHandler, inProcess, openToAll, serve } from './servers.js'

type Doc = Record<string, number>

/** Asks a handler, and reads the answer. */
async function ask(db: DB<Doc>, path: string, body: Uint8Array, options = openToMany) {
  const init = { method: 'POST', body: new Uint8Array(body) }
  const answer = await createHandler(db, options)(new Request(`http://in.process/${path}`, init))
  return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) }
}

/** Two branches of two versions each, of which the second stands at its first. */
async function pair() {
  const db = createDB<Doc>({ name: 'server' })
  const [a, b] = [db.branch('a'), db.branch('b')]
  const [a1, a2] = [await a.put({ a: 1 }, []), await a.put({ a: 2 })]
  const [b1, b2] = [await b.put({ b: 1 }, []), await b.put({ b: 2 })]
  await b.setHead(b1)
  await b.put({ b: 2 }, [b1], { moveHead: false })
  return { db, a1, a2, b1, b2 }
}

const pairs = (names: readonly string[], refs: readonly string[]) => [
  encodeNames(names),
  encodeRefs(refs)
]

/** What a move of heads answered. */
function outcomesOf(bytes: Buffer) {
  const [numbers = new Uint8Array(), refs = new Uint8Array()] = partsOf(bytes, 2)
  return { numbers: [...numbers], apart: decodeRefs(refs, 10) }
}

test('the same request twice is the same as once', async () => {
  const { db, a1, b2 } = await pair()
  const noted = joined([...pairs(['b', 'c'], [b2, a1]), encodeNames(['gone'])])
  for (let time = 0; time < 2; time += 1) {
    expect((await ask(db, 'branches-noted?prefix=&remote=x', noted)).status).toBe(200)
    expect({ ...(await db.remotes()) }).toEqual({ 'x/b': b2, 'x/c': a1 })
  }
  const moved = joined(pairs(['b', 'c'], [b2, a1]))
  const first = await ask(db, 'branches-head?prefix=&remote=x', moved)
  expect(outcomesOf(first.bytes)).toEqual({ numbers: [0, 0], apart: [] })
  const again = await ask(db, 'branches-head?prefix=&remote=x', moved)
  expect(outcomesOf(again.bytes)).toEqual({ numbers: [1, 1], apart: [] })
  const doomed = joined(pairs(['b', 'a'], [b2, a1]))
  for (const isThere of [true, false]) {
    const { bytes } = await ask(db, 'branches-delete?prefix=', doomed)
    expect(decodeBits(bytes, 2)).toEqual([isThere, false])
  }
  expect(Object.keys(await db.branches())).toEqual(['a', 'c'])
})

test('heads do not move to what is unknown, older, or beside them', async () => {
  const { db, a1, a2, b1, b2 } = await pair()
  const before = await db.branches()
  const moved = joined(pairs(['a', 'b', 'c', 'd'], [a1, a2, unknownRef, b2]))
  const { bytes } = await ask(db, 'branches-head?prefix=&remote=x', moved)
  expect(outcomesOf(bytes)).toEqual({ numbers: [1, 2, 2, 0], apart: [b1, '-'] })
  expect({ ...(await db.branches()) }).toEqual({ ...before, d: b2 })
  const noted = joined([...pairs(['a', 'b'], [a1, unknownRef]), encodeNames([])])
  expect((await ask(db, 'branches-noted?prefix=&remote=x', noted)).status).toBe(404)
  expect(await db.remotes()).toEqual({})
})

test('a ref that the named branches do not reach is answered like one that is not there', async () => {
  const { db, a1, a2, b1, b2 } = await pair()
  const alike = async (operation: string, name: string, refs: readonly string[]) => {
    const answers = refs.map(async (ref) => {
      const { status, bytes } = await ask(
        db,
        `${operation}?prefix=`,
        joined(pairs([name], [a1, ref]))
      )
      return [status, bytes.toString('latin1').replaceAll(ref, 'REF')]
    })
    const [first, ...others] = await Promise.all(answers)
    for (const other of others) expect(other).toEqual(first)
    return first?.[0]
  }
  const hidden = [unknownRef, b1, b2]
  expect(await alike('branches-revisions', 'a', hidden)).toBe(404)
  expect(await alike('branches-pull', 'a', hidden)).toBe(200)
  expect(await alike('branches-has', 'a', hidden)).toBe(200)
  expect(await alike('branches-revisions', 'none', [...hidden, a2])).toBe(404)
  expect(await alike('branches-pull', 'none', [...hidden, a2])).toBe(200)
  expect(await alike('branches-has', 'none', [...hidden, a2])).toBe(200)
})

/** Sound bodies by operation. */
async function sound() {
  const { db, a1, a2, b1, b2 } = await pair()
  const [both, none] = [pairs(['a', 'b'], [a2, b2]), new Uint8Array()]
  const bodies: [string, Uint8Array][] = [
    ['branches-noted?prefix=&remote=x', joined([...both, encodeNames(['c'])])],
    ['branches-head?prefix=&remote=x', joined(both)],
    ['branches-delete?prefix=', joined(pairs(['a', 'b'], [a2, b1]))],
    ['branches-pull?prefix=', joined(pairs(['a', 'b'], [a1]))],
    ['branches-revisions?prefix=', joined(pairs(['a', 'b'], [a1, b1]))],
    ['branches-has?prefix=', joined(pairs(['a', 'b'], [a1, b1, b2]))],
    ['branches-deleted?prefix=', joined(pairs(['a', 'b'], [a1, b1]))],
    ['branches?prefix=&what=names', joined([encodeNames(['a', 'b']), none])],
    ['branches?prefix=&what=parts&parts=4', joined([Uint8Array.of(0, 0, 2, 0), new Uint8Array(6)])]
  ]
  return { db, bodies, refs: [a1, a2, b1, b2] }
}

test('any bit of a body changed: it is refused or another request, and what is there is sound', async () => {
  const next = random(5)
  for (let round = 0; round < 400; round += 1) {
    const { db, bodies, refs } = await sound()
    const before = { ...(await db.branches()) }
    const [path, whole] = bodies[round % bodies.length] as [string, Uint8Array]
    const body = Buffer.from(whole)
    const at = Math.floor(next() * body.length)
    body[at] = (body[at] ?? 0) ^ (1 << Math.floor(next() * 8))
    const { status } = await ask(db, path, body)
    expect([200, 400, 404, 413], `${path} ${at}`).toContain(status)
    expect(await db.verify()).toMatchObject({ ok: true, revisions: refs.length })
    for (const [name, head] of Object.entries(await db.branches())) {
      expect(refs).toContain(head)
      expect(await db.isAncestor(before[name] ?? head, head)).toBe(true)
    }
    for (const head of Object.values(await db.remotes())) expect(refs).toContain(head)
    const left = Object.keys(before).filter((name) => db.branch(name).head() === null)
    expect(left.length).toBeLessThanOrEqual(path.startsWith('branches-delete?') ? 2 : 0)
  }
}, 60_000)

test('any body cut short, doubled or followed by more is refused', async () => {
  const { db, bodies } = await sound()
  const heads = { ...(await db.branches()) }
  for (const [path, body] of bodies) {
    for (const broken of [
      body.subarray(0, 0),
      body.subarray(0, 3),
      body.subarray(0, -1),
      Buffer.concat([body, body]),
      Buffer.concat([body, Buffer.of(0)])
    ]) {
      expect((await ask(db, path, broken)).status, path).toBe(400)
    }
  }
  expect({ ...(await db.branches()) }).toEqual(heads)
  expect(await db.remotes()).toEqual({})
})

test.each([
  ['maxRevisionBytes', { maxRevisionBytes: 1000 }],
  ['maxBodyBytes', { maxBodyBytes: 1000 }]
] as const)(
  'over %s a push of many branches is HISTO_DENIED, and is sent again in smaller parts alone',
  async (_name, limits) => {
    const server = createDB<Record<string, string>>()
    const client = createDB<Record<string, string>>({ name: 'client' })
    for (const name of ['a', 'b', 'c']) await client.branch(name).put({ [name]: 'x'.repeat(2000) })
    const asked: string[] = []
    const handler = createHandler(server, { ...openToMany, ...limits })
    const fetch = (url: string, init: RequestInit) => {
      asked.push(url)
      return handler(new Request(url, init))
    }
    const failure = await failureOf(client.push(connect('http://x', { fetch }), { branches: true }))
    expect(failure).toMatchObject({ code: 'HISTO_DENIED', retryable: false })
    expect(asked.filter((url) => url.includes('/push')).length).toBeLessThan(3)
    expect(await server.has(Object.values(await client.branches()))).toEqual([false, false, false])
    expect([await server.remotes(), await server.branches()]).toEqual([{}, {}])
  }
)

test.each(['branches-noted', 'branches-head', 'branches-delete', 'branches-has', 'branches-pull'])(
  'a body of %s that is refused while it is being sent is heard of',
  async (operation) => {
    const status = async (options: HandlerOptions) => {
      const url = await serve(createDB(), { heads: 'fast-forward', branches: true, ...options })
      const init = { method: 'POST', body: new Uint8Array(8 << 20) }
      return (await fetch(`${url}/${operation}?prefix=&remote=x`, init)).status
    }
    expect(await status({ authorize: () => true, maxBodyBytes: 1000 })).toBe(413)
    expect(await status({ authorize: () => false })).toBe(403)
  }
)

test('a client that leaves in the middle of a push of many branches has moved no head, and can push again', async () => {
  const server = createDB<Uint8Array>({ name: 'server' })
  const client = createDB<Uint8Array>({ name: 'client' })
  const bytes = () => new Uint8Array(1 << 20).map(() => Math.random() * 256)
  for (const name of ['a', 'b', 'c', 'd']) await client.branch(name).put(bytes())
  const told = vi.fn()
  const url = await serve(server, { ...openToMany, onError: told })
  const controller = new AbortController()
  const slow = (target: string, init: RequestInit) => {
    if (target.includes('/push')) setTimeout(() => controller.abort(new Error('gone')), 5)
    return fetch(target, init)
  }
  const { signal } = controller
  const leaving = client.push(connect(url, { fetch: slow }), { branches: true, signal })
  expect((await failureOf(leaving)).message).toBe('gone')
  await sleep(100)
  expect([await server.branches(), await server.remotes()]).toEqual([{}, {}])
  expect(await server.verify()).toMatchObject({ ok: true })
  await client.push(connect(url), { branches: true })
  expect({ ...(await server.branches()) }).toEqual({ ...(await client.branches()) })
  expect(told).not.toHaveBeenCalled()
})

test('a client that names its own branches alone cannot be made to note others', async () => {
  const { db, a2 } = await pair()
  const options: HandlerOptions = {
    ...openToAll,
    branches: true,
    authorize: ({ prefix }) => (prefix === undefined ? false : (name) => name === 'a')
  }
  const laptop = createDB<Doc>({ name: 'laptop' })
  await laptop.pull(inProcess(db, options), { branches: true })
  expect({ ...(await laptop.remotes()) }).toEqual({ 'server/a': a2 })
  for (const gone of [['b'], ['a', 'b']]) {
    const noted = joined([...pairs([], []), encodeNames(gone)])
    expect((await ask(db, 'branches-noted?prefix=&remote=x', noted, options)).status).toBe(403)
  }
})
