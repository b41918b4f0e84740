/**
 * `accept`: who runs a handler may refuse revisions that a push brings.
 *
 * Checked to fail: without `judge` of `ts/http/server/accept.ts` all are written; where it is asked about what is here
 * already, a push of one user is refused for revisions of another.
 */

import { describe, expect, test } from 'vitest'
import type { AcceptQuestion, HandlerOptions } from '../../ts/http-entry.js'
import { createSynchronizer } from '../../ts/index.js'
import { failureOf, opened, refOf } from '../contract/places.js'
import { createHandler, inProcess, kinds, openToAll } from './servers.js'

const by = (author: string) => ({ meta: { author } })

/** Accepts what claims the author that the request's header says. */
const ofUser: HandlerOptions = {
  ...openToAll,
  accept: ({ meta, request }) => meta?.['author'] === request.headers.get('user')
}
const as = (user: string) => ({ headers: { user } })

describe.each(kinds)('a server in %s', (_kind, openServer) => {
  test('takes what is accepted, and refuses a push with what is not by its ref', async () => {
    const server = await openServer('server')
    const client = await opened<unknown>({ name: 'client' })
    const remote = inProcess(server, ofUser, as('Ada'))
    const first = await client.put(1, by('Ada'))
    await client.push(remote)
    expect(server.head()).toBe(first)
    const forged = await client.put(2, by('Bob'))
    const failure = await failureOf(client.push(remote))
    expect(failure).toMatchObject({ code: 'HISTO_DENIED', ref: forged, retryable: false })
    expect(await server.has([forged])).toEqual([false])
    expect([server.head(), await server.remoteHead('client')]).toEqual([first, first])
  })

  test('is not asked about what it has already', async () => {
    const server = await openServer('server')
    const [ada, bob] = [await opened<unknown>({ name: 'a' }), await opened<unknown>({ name: 'b' })]
    await ada.put('theirs', by('Ada'))
    await ada.push(inProcess(server, ofUser, as('Ada')))
    const remote = inProcess(server, ofUser, as('Bob'))
    await bob.put('ours', by('Bob'))
    await server.setRemoteHead('b', server.head() ?? '') // so that it names nothing of Ada's
    const options = { signal: undefined, resolve: () => 'merged' }
    const merging = createSynchronizer(inProcess(server, openToAll), bob)
    const { head } = await merging.run()
    const merged = await bob.merge(head ?? '', options.resolve, by('Bob'))
    const sent = await bob.refDifference(null, merged.ref)
    const stream = bob.createStream(sent.toReversed())
    await remote.remoteHead('b')
    await remote.writeStream(stream as never) // all of it, Ada's too
    expect(await server.has(sent)).toEqual([true, true, true])
  })

  test('sees each revision as it is, before it is written', async () => {
    const server = await openServer('server')
    const client = await opened<unknown>({ name: 'client' })
    const asked: Omit<AcceptQuestion, 'request'>[] = []
    const accept = async ({ ref, ancestors, meta, data, remote, request }: AcceptQuestion) => {
      expect(request.headers.get('user')).toBe('Ada')
      expect(await server.has([ref])).toEqual([false])
      asked.push({ ref, ancestors, ...(meta && { meta }), data, remote })
      return true
    }
    const refs = await client.putMany([
      { data: { a: [1, 'ä'] }, meta: { author: 'Ada', n: 1 } },
      { data: new Uint8Array([1, 2]) }
    ])
    await client.push(inProcess(server, { ...openToAll, accept }, as('Ada')))
    const [first = '', second = ''] = refs
    const remote = 'client'
    expect(asked).toEqual([
      { ref: first, ancestors: [], meta: { author: 'Ada', n: 1 }, data: { a: [1, 'ä'] }, remote },
      { ref: second, ancestors: [first], data: new Uint8Array([1, 2]), remote }
    ])
  })

  test.each([
    ['throws', () => expect.fail('no')],
    ['rejects', () => Promise.reject(new Error('no'))],
    ['answers something else than true', () => 1 as never],
    ['answers nothing', () => undefined as never]
  ])('refuses where it %s', async (_how, accept) => {
    const server = await openServer('server')
    const client = await opened<unknown>({ name: 'client' })
    await client.put(1)
    const errors: unknown[] = []
    const onError = (error: unknown) => errors.push(error)
    const pushing = client.push(inProcess(server, { ...openToAll, accept, onError }))
    expect((await failureOf(pushing)).code).toBe('HISTO_DENIED')
    expect((await server.ready()).head()).toBeNull()
    expect(errors.length).toBe(['throws', 'rejects'].includes(_how) ? 1 : 0)
  })
})

test('a tombstone is asked about without its data, and its data when that comes', async () => {
  const server = await opened<unknown>({ name: 'server' })
  const client = await opened<unknown>({ name: 'client' })
  const asked: unknown[] = []
  const accept = ({ ref, meta, data }: AcceptQuestion) => asked.push([ref, meta, data]) > 0
  const remote = inProcess(server, { ...openToAll, accept })
  const [erased = '', head = ''] = await client.putMany([
    { data: 'secret', meta: { author: 'Ada' } },
    { data: 'head' }
  ])
  await client.erase(erased)
  await client.push(remote)
  expect(asked).toEqual([
    [erased, { author: 'Ada' }, undefined],
    [head, undefined, 'head']
  ])
  const other = await opened<unknown>({ name: 'other' })
  expect(await other.put('secret', [], { meta: { author: 'Ada' } })).toBe(erased)
  await other.put('head')
  await other.push(remote)
  expect(asked.slice(2)).toEqual([[erased, { author: 'Ada' }, 'secret']])
  expect(await server.get(erased)).toBe('secret')
})

test('what was accepted before a refusal stays, and a later push goes on from there', async () => {
  const server = await opened<unknown>({ name: 'server' })
  const client = await opened<unknown>({ name: 'client' })
  const large = (n: number) => `${n} ${'x'.repeat(1 << 20)}`
  const refs = await client.putMany(Array.from({ length: 6 }, (_, n) => ({ data: large(n) })))
  const last = refs.at(-1) ?? ''
  let refused = last
  const accept = ({ ref }: AcceptQuestion) => ref !== refused
  const remote = inProcess(server, { ...openToAll, accept })
  expect(await failureOf(client.push(remote))).toMatchObject({ code: 'HISTO_DENIED', ref: last })
  expect(await server.has(refs)).toEqual([true, true, true, true, true, false])
  refused = ''
  await client.push(remote)
  expect(server.head()).toBe(last)
})

test('a forged ref is never taken for what is accepted or here', async () => {
  const server = await opened<unknown>({ name: 'server' })
  const known = await server.put('known')
  const remote = inProcess(server, ofUser, as('Ada'))
  await remote.remoteHead('client')
  const streams = [
    [{ ref: known, ancestors: [], data: 'other' }],
    [{ ref: refOf(1, [], { author: 'Ada' }), ancestors: [], data: 1, meta: { author: 'Bob' } }]
  ]
  for (const stream of streams) {
    expect((await failureOf(remote.writeStream(stream))).code).toMatch(/HISTO_(CORRUPT|DENIED)/)
  }
  expect(await server.has([refOf('other'), refOf(1, [], { author: 'Bob' })])).toEqual([
    false,
    false
  ])
})

test('a handler without accept, and one with what is no function', async () => {
  const server = await opened({ name: 'server' })
  expect(() => createHandler(server, { accept: 1 as never })).toThrow(TypeError)
  expect(() => createHandler(server, { accept: undefined as never })).toThrow(/accept/)
})
