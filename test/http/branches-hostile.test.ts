/** Permissions for branches over HTTP, and clients that request what they may not have. */

import { expect, test } from 'vitest'
import { encodeNames } from '../../ts/http/compare.js'
import { joined, partsOf } from '../../ts/http/sections.js'
import type { AuthorizeQuestion, HandlerOptions } from '../../ts/http-entry.js'
import { createDB, createSynchronizer, type DB } from '../../ts/index.js'
import { decodeBits, encodeRefs } from '../../ts/wire/wire-refs.js'
import { failureOf } from '../support/open.js'
import { createHandler, inProcess, openToAll } from './servers.js'

type Doc = Record<string, number>

const own = (name: string) => name.startsWith('anna/')

/** A server whose reader may see Anna's branches alone. */
async function pair() {
  const server = createDB<Doc>({ name: 'server' })
  const mine = await server.branch('anna/1').put({ anna: 1 }, [])
  const secret = await server.branch('ben/1').put({ ben: 1 }, [])
  const options: HandlerOptions = {
    ...openToAll,
    branches: true,
    authorize: ({ prefix, branch }) =>
      prefix === undefined ? branch !== undefined && own(branch) : own
  }
  return { server, mine, secret, options }
}

/** Asks a handler, and reads the answer. */
async function ask(
  db: DB<Doc>,
  options: HandlerOptions,
  path: string,
  body?: Uint8Array
): Promise<{ status: number; bytes: Buffer }> {
  const init = body === undefined ? {} : { method: 'POST', body: new Uint8Array(body) }
  const answer = await createHandler(db, options)(new Request(`http://in.process/${path}`, init))
  return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) }
}

const nothing = new Uint8Array()

test('a reader of some branches sees these alone, in every way to ask', async () => {
  const { server, mine, secret, options } = await pair()
  const remote = inProcess(server, options)
  expect({ ...(await remote.branches()) }).toEqual({ 'anna/1': mine })
  const laptop = createDB<Doc>()
  const { heads } = await createSynchronizer(remote, laptop, { branches: true }).run()
  expect({ ...heads }).toEqual({ 'anna/1': mine })
  expect(await laptop.has([secret])).toEqual([false])
  const named = joined([encodeNames(['ben/1', 'anna/1']), encodeRefs([secret, mine])])
  const has = await ask(server, options, 'branches-has?prefix=', named)
  expect(decodeBits(has.bytes, 2)).toEqual([false, true])
  const names = { branches: ['ben/1'] }
  const stolen = await createSynchronizer(remote, createDB<Doc>(), names).run()
  expect(stolen).toMatchObject({ revisions: 0, deleted: [] })
  const pull = joined([encodeNames(['ben/1']), encodeRefs([])])
  const empty = await ask(server, options, 'branches-pull?prefix=', pull)
  const absent = joined([encodeNames(['ben/2']), encodeRefs([])])
  expect(empty).toEqual(await ask(server, options, 'branches-pull?prefix=', absent))
})

test('a request reads only what its branches reach', async () => {
  const server = createDB<Doc>({ name: 'server' })
  const options: HandlerOptions = { ...openToAll, branches: true }
  const [one, two] = [
    await server.branch('a').put({ a: 1 }, []),
    await server.branch('b').put({ b: 1 }, [])
  ]
  const named = joined([encodeNames(['a']), encodeRefs([one, two])])
  const has = await ask(server, options, 'branches-has?prefix=', named)
  expect(decodeBits(has.bytes, 2)).toEqual([true, false])
  const outside = joined([encodeNames(['b']), encodeRefs([two])])
  const other = await ask(server, options, 'branches-has?prefix=a', outside)
  expect(decodeBits(other.bytes, 1)).toEqual([false])
  const remote = inProcess(server, options).branch('a')
  expect(await remote.has([one, two])).toEqual([true, false])
  expect(await failureOf(remote.refDifference(null, two))).toMatchObject({
    code: 'HISTO_NOT_FOUND'
  })
})

test('a branch that is not served and one that is not there are answered alike, byte for byte', async () => {
  const { server, secret } = await pair()
  const options: HandlerOptions = { branches: 'anna/' }
  const refs = encodeRefs([secret])
  const paths: [string, Uint8Array?][] = [
    ['state?branch=NAME'],
    ['changes?branch=NAME&since=&wait=0'],
    ['changes?branch=NAME&since=x&wait=0'],
    ['news?branch=NAME&bounds=0', encodeRefs([])],
    ['has?branch=NAME', refs],
    ['difference?branch=NAME', refs],
    ['revisions?branch=NAME', refs],
    ['pull?branch=NAME', refs],
    ['push?branch=NAME&remote=x', nothing],
    ['branches?prefix=NAME', nothing],
    ['branches?prefix=&what=names', joined([encodeNames(['NAME']), nothing])],
    ['branches-deleted?prefix=', joined([encodeNames(['NAME'])])],
    ['branches-deleted?prefix=', joined([encodeNames(['NAME']), refs])],
    ['branches-pull?prefix=', joined([encodeNames(['NAME']), encodeRefs([])])],
    ['branches-has?prefix=', joined([encodeNames(['NAME']), refs])]
  ]
  for (const [path, body] of paths) {
    const answers = await Promise.all(
      ['ben/1', 'ben/0'].map(async (name) => {
        const raw = body && Buffer.from(body)
        const given = raw && Buffer.from(raw.toString('latin1').replace('NAME', name), 'latin1')
        const built =
          path.startsWith('branches') && given?.includes(name)
            ? rebuilt(body ?? nothing, name)
            : given
        const { status, bytes } = await ask(server, options, path.replace('NAME', name), built)
        return { status, text: bytes.toString('latin1').replaceAll(name, 'NAME') }
      })
    )
    expect(answers[0], path).toEqual(answers[1])
  }
})

/** A body whose list of names has `name` in place of `NAME`. */
function rebuilt(body: Uint8Array, name: string): Uint8Array {
  for (const count of [1, 2]) {
    try {
      const [, ...rest] = partsOf(body, count)
      return joined([encodeNames([name]), ...rest])
    } catch {
      // It has another number of parts.
    }
  }
  return body
}

test('authorize is asked once a request, with prefix; by branch where it answers neither yes nor no', async () => {
  const server = createDB<Doc>({ name: 'server' })
  for (let n = 0; n < 100; n += 1) await server.branch(`doc/${n}`).put({ n })
  const asked: Omit<AuthorizeQuestion, 'request'>[] = []
  const run = async (answer: (question: AuthorizeQuestion) => unknown) => {
    asked.length = 0
    const authorize = (question: AuthorizeQuestion) => {
      const { request: _, ...rest } = question
      asked.push(rest)
      return answer(question) as boolean
    }
    const remote = inProcess(server, { branches: true, authorize })
    const target = createDB<Doc>()
    const { heads = {} } = await createSynchronizer(remote, target, { branches: 'doc/' }).run()
    return Object.keys(heads).length
  }
  expect(await run(() => true)).toBe(100)
  expect(asked).toEqual([{ action: 'read', prefix: 'doc/' }])
  expect(await run(() => Promise.resolve((name: string) => name.endsWith('7')))).toBe(10)
  expect(asked).toHaveLength(1)
  expect(await run(({ branch }) => (branch === undefined ? undefined : branch === 'doc/7'))).toBe(1)
  expect(asked).toContainEqual({ action: 'read', branch: 'doc/7' })
  expect(asked.length).toBe(101)
  const thrown = run(() => () => {
    throw new Error('no')
  })
  expect(await thrown).toBe(0)
  expect(await failureOf(run(() => false))).toMatchObject({ code: 'HISTO_DENIED' })
})

test('a writer of some branches cannot note, move or delete others', async () => {
  const { server, options, secret } = await pair()
  const laptop = createDB<Doc>({ name: 'laptop' })
  await laptop.branch('ben/1').put({ forged: 1 }, [])
  const ours = await laptop.branch('anna/2').put({ anna: 2 }, [])
  const remote = inProcess(server, options)
  const both = laptop.push(remote, { branches: true })
  expect(await failureOf(both)).toMatchObject({ code: 'HISTO_DENIED' })
  expect(await server.remotes()).toEqual({})
  await laptop.push(remote, { branches: 'anna/' })
  const moved = joined([encodeNames(['ben/1', 'anna/9']), encodeRefs([ours, ours])])
  const answer = await ask(server, options, 'branches-head?prefix=&remote=laptop', moved)
  expect([...(partsOf(answer.bytes, 2)[0] ?? [])]).toEqual([3, 0])
  const doomed = joined([encodeNames(['ben/1']), encodeRefs([secret])])
  const gone = await ask(server, options, 'branches-delete?prefix=', doomed)
  expect(decodeBits(gone.bytes, 1)).toEqual([false])
  expect(await server.branch('ben/1').head()).toBe(secret)
  const noted = joined([encodeNames(['ben/1']), encodeRefs([ours]), encodeNames([])])
  expect((await ask(server, options, 'branches-noted?prefix=&remote=x', noted)).status).toBe(403)
})

test('without authorize all that writes is refused, and with it delete alone needs its action', async () => {
  const { server, secret } = await pair()
  const pairs = joined([encodeNames(['ben/1']), encodeRefs([secret])])
  const three = joined([encodeNames(['ben/1']), encodeRefs([secret]), encodeNames([])])
  const asks = (options: HandlerOptions) =>
    Promise.all([
      ask(server, options, 'branches?prefix=&for=write&remote=x', nothing),
      ask(server, options, 'branches-noted?prefix=&remote=x', three),
      ask(server, options, 'branches-head?prefix=&remote=x', pairs),
      ask(server, options, 'branches-delete?prefix=', pairs),
      ask(server, options, 'push?prefix=&remote=x', nothing)
    ]).then((answers) => answers.map(({ status }) => status))
  const served = { branches: true, heads: 'fast-forward' } as const
  expect(await asks(served)).toEqual([403, 403, 403, 403, 403])
  const writing = { ...served, authorize: ({ action }: AuthorizeQuestion) => action !== 'delete' }
  expect((await asks(writing))[3]).toBe(403)
  expect(await server.branch('ben/1').head()).toBe(secret)
})

test('prefix does not let a request for one branch out of what is served', async () => {
  const { server, secret } = await pair()
  const refs = encodeRefs([secret])
  for (const path of ['has?prefix=', 'has?prefix=&branch=ben/1', 'has?prefix=ben/']) {
    const { bytes } = await ask(server, { branches: 'anna/' }, path, refs)
    expect(decodeBits(bytes, 1)).toEqual([false])
  }
  const state = await ask(server, { branches: 'anna/' }, 'state?prefix=')
  expect(JSON.parse(state.bytes.toString())).toMatchObject({ head: null })
})

test('bodies that are broken are refused, and change nothing', async () => {
  const { server } = await pair()
  const options: HandlerOptions = { ...openToAll, branches: true }
  const broken: [string, Uint8Array][] = [
    ['branches?prefix=&what=parts&parts=3', joined([nothing, nothing])],
    ['branches?prefix=&what=parts&parts=4', joined([Uint8Array.of(1), nothing])],
    ['branches?prefix=&what=parts&parts=4', joined([nothing, Uint8Array.of(1, 2, 3)])],
    ['branches?prefix=&what=parts&parts=4', joined([nothing, new Uint8Array(6 * 65_537)])],
    ['branches?prefix=&what=else', nothing],
    ['branches?what=list', nothing],
    ['branches-has?prefix=', joined([nothing])],
    ['branches-has?prefix=', Uint8Array.of(255, 255, 255, 255)],
    ['branches-pull?prefix=', joined([encodeNames(['a', 'a']), encodeRefs([])])],
    ['branches-pull?prefix=', joined([encodeNames(['a\u0000']), encodeRefs([])])],
    [
      'branches-noted?prefix=&remote=x',
      joined([encodeNames(['a']), encodeRefs([]), encodeNames([])])
    ],
    ['branches-noted?prefix=', joined([encodeNames([]), encodeRefs([]), encodeNames([])])],
    ['branches-changes?prefix=', nothing]
  ]
  for (const [path, body] of broken) {
    const { status } = await ask(server, options, path, body)
    expect([400, 405], path).toContain(status)
  }
  const forged = joined([encodeNames(['a']), encodeRefs(['0'.repeat(64)]), encodeNames([])])
  expect((await ask(server, options, 'branches-noted?prefix=&remote=x', forged)).status).toBe(404)
  expect(await server.remotes()).toEqual({})
})

test('accept learns of the branch that a push is for', async () => {
  const server = createDB<Doc>({ name: 'server' })
  const seen: (string | undefined)[] = []
  const options: HandlerOptions = {
    ...openToAll,
    branches: true,
    accept: ({ branch }) => {
      seen.push(branch)
      return branch !== 'refused'
    }
  }
  const laptop = createDB<Doc>({ name: 'laptop' })
  await laptop.branch('good').put({ a: 1 }, [])
  await laptop.branch('refused').put({ b: 1 }, [])
  const remote = inProcess(server, options)
  await laptop.branch('good').push(remote.branch('good'))
  const refused = laptop.branch('refused').push(remote.branch('refused'))
  expect(await failureOf(refused)).toMatchObject({ code: 'HISTO_DENIED' })
  await laptop.branch('many').put({ c: 1 }, [])
  await laptop.push(remote, { branches: 'many' })
  expect(seen).toEqual(['good', 'refused', undefined])
})

test('a server that lies about branches sets no remote head', async () => {
  const server = createDB<Doc>({ name: 'server' })
  await server.branch('a').put({ a: 1 })
  const handler = createHandler(server, { branches: true })
  const lies: ((bytes: Buffer) => Buffer)[] = [
    (bytes) => bytes.subarray(0, bytes.length - 20),
    (bytes) => Buffer.concat([bytes, Buffer.of(1)]),
    (bytes) => {
      bytes[bytes.length - 40] = (bytes[bytes.length - 40] ?? 0) ^ 1
      return bytes
    },
    (bytes) => Buffer.from(bytes.toString('latin1').replace('"is":"list"', '"is":"else"'), 'latin1')
  ]
  for (const lie of lies) {
    const fetch = async (url: string, init: RequestInit) => {
      const answer = await handler(new Request(url, init))
      const bytes = lie(Buffer.from(await answer.arrayBuffer()))
      return new Response(new Uint8Array(bytes), { status: answer.status, headers: answer.headers })
    }
    const { connect } = await import('../../ts/http-entry.js')
    const laptop = createDB<Doc>()
    const remote = connect<Doc>('http://in.process/db', { fetch, retries: 0 })
    const failure = await failureOf(createSynchronizer(remote, laptop, { branches: true }).run())
    expect(failure).toMatchObject({ name: 'HistoError' })
    expect(await laptop.remotes()).toEqual({})
  }
})

test('misuse of branches of a handler is a TypeError', () => {
  const db = createDB<Doc>()
  for (const branches of [undefined, false, 1, null, {}, ['a'], 'a\u0000']) {
    expect(() => createHandler(db, { branches } as never)).toThrow(TypeError)
  }
  expect(() => inProcess(db).branch('')).toThrow(TypeError)
})
