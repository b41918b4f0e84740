/** Permissions of clients. */

import { expect, test } from 'vitest'
import type { Action, AuthorizeQuestion, HandlerOptions } from '../../ts/http-entry.js'
import { createSynchronizer } from '../../ts/index.js'
import { failureOf, unknownRef } from '../contract/places.js'
import { createDB, createHandler, inProcess, line } from './servers.js'

const allowing = (...actions: Action[]): HandlerOptions => ({
  authorize: ({ action }) => actions.includes(action),
  heads: 'fast-forward'
})

/** A server with three revisions, and one more that no head reaches; a client with two of its own. */
async function pair() {
  const server = createDB<unknown>({ name: 'server' })
  const client = createDB<unknown>({ name: 'client' })
  const refs = await line(server, 3)
  const hidden = await server.put('hidden', [], { moveHead: false })
  await client.pull(inProcess(server), { resolve: () => 'none' })
  await line(client, 2, 'ours')
  return { server, client, refs, hidden }
}

const denied = { code: 'HISTO_DENIED', retryable: false }

test('without authorize reads are answered and all else is refused', async () => {
  const { server, client } = await pair()
  const remote = inProcess(server, { heads: 'fast-forward' })
  await createSynchronizer(remote, createDB()).run()
  await expect(createSynchronizer(client, remote).run()).rejects.toMatchObject(denied)
  await expect(client.push(remote)).rejects.toMatchObject(denied)
  await expect(remote.setHead(server.head() ?? '')).rejects.toMatchObject(denied)
  expect(await server.remotes()).toEqual({})
})

const matrix: [string, Action[], Record<Exclude<Action, 'delete'>, boolean>][] = [
  ['nothing', [], { read: false, write: false, head: false }],
  ['reading', ['read'], { read: true, write: false, head: false }],
  ['writing', ['write'], { read: false, write: true, head: false }],
  ['heads', ['head'], { read: false, write: false, head: true }],
  ['reading and writing', ['read', 'write'], { read: true, write: true, head: false }],
  ['writing and heads', ['write', 'head'], { read: false, write: true, head: true }],
  ['all', ['read', 'write', 'head'], { read: true, write: true, head: true }]
]

test.each(matrix)(
  'a client that is allowed %s can do that and nothing else',
  async (_name, actions, can) => {
    const { server, client, refs } = await pair()
    const remote = () => inProcess(server, allowing(...actions))
    const outcome = async (call: Promise<unknown>) =>
      await call.then(
        () => true,
        (error: unknown) => {
          expect(error).toMatchObject(denied)
          return false
        }
      )
    const last = refs[2] ?? ''
    const pulling = createSynchronizer(remote(), createDB()).run()
    expect(await outcome(pulling)).toBe(can.read)
    expect(await outcome(remote().has([last]))).toBe(can.read)
    expect(await outcome(remote().refDifference(null, last))).toBe(can.read)
    expect(await outcome(remote().createStream([last]).read())).toBe(can.read)
    expect(await outcome(createSynchronizer(client, remote()).run())).toBe(can.write)
    expect(await outcome(remote().setRemoteHead('client', last))).toBe(can.write)
    expect(await outcome(remote().setHead(last))).toBe(can.head)
    expect(await server.remoteHead('client')).toBe(can.write ? last : null)
  }
)

test('a client cannot move the remote head of another one', async () => {
  const { server, client } = await pair()
  const asked: AuthorizeQuestion[] = []
  const options: HandlerOptions = {
    authorize: (question) => {
      asked.push(question)
      const user = question.request.headers.get('user')
      return question.action === 'read' || (question.action === 'write' && question.remote === user)
    }
  }
  const remote = inProcess(server, options, { headers: { user: 'client' } })
  await createSynchronizer(client, remote).run()
  expect(await server.remoteHead('client')).toBe(client.head())
  const others = createSynchronizer(client, remote, { remote: 'somebody else' }).run()
  await expect(others).rejects.toMatchObject(denied)
  const setting = remote.setRemoteHead('somebody else', client.head() ?? '')
  await expect(setting).rejects.toMatchObject(denied)
  expect({ ...(await server.remotes()) }).toEqual({ client: client.head() })
  expect(new Set(asked.map(({ action }) => action))).toEqual(new Set(['write']))
  expect(asked.every(({ remote, request }) => remote !== undefined && request.url !== '')).toBe(
    true
  )
})

test('what the head does not reach looks as if it were not there', async () => {
  const { server, hidden } = await pair()
  const remote = inProcess(server, allowing('read'))
  expect(await remote.has([hidden, unknownRef])).toEqual([false, false])
  const about = async (ref: string) => {
    const { code, message } = await failureOf(remote.refDifference(null, ref))
    return [code, message.replace(ref, 'REF')]
  }
  expect(await about(hidden)).toEqual(await about(unknownRef))
  const streamed = async (ref: string) => (await failureOf(remote.createStream([ref]).read())).code
  expect(await streamed(hidden)).toBe('HISTO_NOT_FOUND')
  expect(await streamed(unknownRef)).toBe('HISTO_NOT_FOUND')
})

test('a client without permissions gets the same answer for an existing and a missing ref', async () => {
  const { server, refs } = await pair()
  const handler = createHandler(server, allowing())
  const answers = []
  for (const ref of [refs[0] ?? '', unknownRef]) {
    const body = JSON.stringify({ ref })
    for (const operation of ['has', 'pull', 'revisions', 'difference', 'remote-head', 'head']) {
      const request = new Request(`http://x/${operation}?remote=client`, { method: 'POST', body })
      const answer = await handler(request)
      answers.push([operation, answer.status, await answer.text(), [...answer.headers].join()])
    }
  }
  expect(answers.slice(0, 6)).toEqual(answers.slice(6))
  expect(answers.map(([, status]) => status)).toEqual(answers.map(() => 403))
})

test('an authorize that throws or does not return true refuses without a reason', async () => {
  const { server } = await pair()
  const thrown = ['Error: password is swordfish']
  const wrong = [
    [
      () => {
        throw new Error('password is swordfish')
      },
      thrown
    ],
    [() => Promise.reject(new Error('password is swordfish')), thrown],
    [() => 1, []],
    [() => 'yes', []],
    [() => undefined, []]
  ] as unknown as [NonNullable<HandlerOptions['authorize']>, string[]][]
  for (const [authorize, expected] of wrong) {
    const told: unknown[] = []
    const remote = inProcess(server, { authorize, onError: (error) => told.push(error) })
    const failure = await failureOf(createSynchronizer(remote, createDB()).run())
    expect(failure).toMatchObject(denied)
    expect(String(failure.message)).not.toContain('swordfish')
    expect(told.map(String)).toEqual(expected)
  }
})

test('with heads never, push adds revisions and leaves the head alone', async () => {
  const { server, client } = await pair()
  const head = server.head()
  const remote = inProcess(server, { authorize: () => true })
  expect(await client.push(remote)).toMatchObject({ moved: false, revisions: 2, reason: 'never' })
  expect(server.head()).toBe(head)
  expect(await server.remoteHead('client')).toBe(client.head())
  await expect(remote.setHead(client.head() ?? '')).rejects.toMatchObject(denied)
})

test('a push that may not move the head says so, and that is no failure', async () => {
  const { server, client } = await pair()
  const head = server.head()
  const remote = inProcess(server, allowing('read', 'write'))
  expect(await client.push(remote)).toMatchObject({ moved: false, revisions: 2, reason: 'denied' })
  expect([server.head(), await server.remoteHead('client')]).toEqual([head, client.head()])
})

test('a push has no reason if the target has all of ours already', async () => {
  const { server, client } = await pair()
  await client.push(inProcess(server))
  for (const options of [{ authorize: () => true }, allowing('read', 'write')]) {
    const pushed = await client.push(inProcess(server, options))
    expect(pushed).toMatchObject({ moved: false, revisions: 0 })
    expect(pushed).not.toHaveProperty('reason')
  }
})

test('a head moves to a descendant only, and by compare-and-swap', async () => {
  const { server, client, refs } = await pair()
  const remote = inProcess(server)
  await createSynchronizer(client, remote).run()
  const [first = '', second = '', third = ''] = refs
  const ours = client.head() ?? ''
  await expect(remote.setHead(second, third)).rejects.toMatchObject(denied)
  await expect(remote.setHead(second)).rejects.toMatchObject(denied)
  const stale = remote.setHead(ours, first)
  await expect(stale).rejects.toThrow(/^head conflict$/)
  await expect(stale).rejects.toMatchObject({
    code: 'HISTO_HEAD_CONFLICT',
    head: third,
    expected: first
  })
  await expect(remote.setHead(unknownRef, third)).rejects.toMatchObject({ code: 'HISTO_NOT_FOUND' })
  expect(server.head()).toBe(third)
  expect(await remote.setHead(ours, third)).toBe(ours)
  expect(server.head()).toBe(ours)
  expect(await remote.setHead(ours, third)).toBe(ours) // it is there already
})

test('a client that may move heads but not write cannot find out whether a ref exists', async () => {
  const { server, hidden } = await pair()
  const remote = inProcess(server, allowing('read', 'head'))
  const head = server.head()
  const about = async (ref: string, ...guard: [] | [string | null]) => {
    const { code, message } = await failureOf(remote.setHead(ref, ...guard))
    return [code, message.replace(ref, 'REF')]
  }
  expect((await about(hidden))[0]).toMatch(/^HISTO_/)
  expect(await about(hidden)).toEqual(await about(unknownRef))
  expect(await about(hidden, head)).toEqual(await about(unknownRef, head))
  expect(await about(hidden, null)).toEqual(await about(unknownRef, null))
  expect(server.head()).toBe(head)
})

test.each([
  [
    'throws',
    () => {
      throw new Error('the log is full')
    }
  ],
  ['rejects', () => Promise.reject(new Error('the log is full'))]
])('authorize that throws beside an onError that %s is 403', async (_name, onError) => {
  const lost: unknown[] = []
  const hear = (error: unknown) => lost.push(error)
  process.on('unhandledRejection', hear)
  const authorize = () => {
    throw new Error('no users today')
  }
  const handler = createHandler(createDB(), { authorize, onError })
  const answer = await handler(new Request('http://x/state'))
  expect(answer.status).toBe(403)
  expect(await answer.json()).toMatchObject({ error: { code: 'HISTO_DENIED' } })
  await new Promise((resolve) => setTimeout(resolve, 20))
  process.off('unhandledRejection', hear)
  expect(lost).toEqual([])
})
