/** Refusals that pass: 408, 429, 503, a stray 404 or 502, and how long to wait for their end. */

import { expect, test, vi } from 'vitest'
import { createSynchronizer } from '../../ts/index.js'
import { failureOf } from '../contract/places.js'
import { type Answers, counted, operationOf, proxy } from './middlemen.js'
import { createDB, createHandler, inProcess, openToAll, serve } from './servers.js'

/** Answers the first requests of each of these operations so, and then no more. */
function first(
  count: number,
  status: number,
  headers: () => Record<string, string>,
  operations = ['state', 'news', 'push', 'head', 'changes']
): Answers {
  const left = new Map(operations.map((name) => [name, count]))
  return ({ url = '/' }, outgoing) => {
    const operation = operationOf(url)
    const still = left.get(operation) ?? 0
    if (still === 0) return false
    left.set(operation, still - 1)
    outgoing.writeHead(status, headers()).end('<html>later</html>')
    return true
  }
}

const passing = [404, 408, 429, 502, 503, 504]

test.each(passing)('pull and push try again after status %i', async (status) => {
  const server = createDB<number>({ name: 'server' })
  const client = createDB<number>({ name: 'client' })
  await server.put(1)
  const url = await proxy(
    await serve(server),
    first(2, status, () => ({}))
  )
  const { remote } = counted<number>(url)
  const resolve = () => 3
  expect(await client.pull(remote, { resolve })).toMatchObject({ revisions: 1 })
  const ref = await client.put(2)
  expect(await client.push(remote)).toMatchObject({ head: ref, moved: true })
  expect(server.head()).toBe(ref)
})

test.each(passing)(
  'live does not end for status %i',
  async (status) => {
    const server = createDB<number>({ name: 'server' })
    const client = createDB<number>({ name: 'client' })
    const ref = await server.put(1)
    const url = await proxy(
      await serve(server),
      first(2, status, () => ({}))
    )
    const { remote } = counted<number>(url, { retries: 0 })
    const stop = new AbortController()
    const onError = vi.fn()
    const going = createSynchronizer(remote, client).live({ signal: stop.signal, onError })
    await vi.waitFor(async () => expect(await client.remoteHead('server')).toBe(ref), 30_000)
    expect(onError).toHaveBeenCalled()
    stop.abort()
    await going
  },
  60_000
)

const inTime: [string, () => Record<string, string>][] = [
  ['seconds', () => ({ 'retry-after': '1' })],
  ['a date', () => ({ 'retry-after': new Date(Date.now() + 2000).toUTCString() })],
  [
    'a date of a clock that is wrong',
    () => ({
      date: new Date(Date.now() - 86_400_000).toUTCString(),
      'retry-after': new Date(Date.now() - 86_400_000 + 1000).toUTCString()
    })
  ]
]

test.each(inTime)('Retry-After in %s is waited for', async (_name, headers) => {
  const server = createDB<number>({ name: 'server' })
  await server.put(1)
  const url = await proxy(await serve(server), first(1, 503, headers, ['news']))
  const { remote, asked } = counted<number>(url)
  await createDB<number>().pull(remote)
  expect(asked.map(({ operation }) => operation)).toEqual(['news', 'news'])
  const waited = (asked[1]?.at ?? 0) - (asked[0]?.at ?? 0)
  expect(waited).toBeGreaterThan(900)
  expect(waited).toBeLessThan(4000)
})

test('live waits as long as Retry-After says', async () => {
  const server = createDB<number>({ name: 'server' })
  const client = createDB<number>({ name: 'client' })
  const ref = await server.put(1)
  const url = await proxy(
    await serve(server),
    first(1, 429, () => ({ 'retry-after': '2' }))
  )
  const { remote, asked } = counted<number>(url, { retries: 0 })
  const stop = new AbortController()
  const going = createSynchronizer(remote, client).live({ signal: stop.signal })
  await vi.waitFor(async () => expect(await client.remoteHead('server')).toBe(ref), 30_000)
  stop.abort()
  await going
  const times = asked.filter(({ operation }) => operation !== 'changes').map(({ at }) => at)
  const pauses = times.slice(1).map((at, place) => at - (times[place] ?? 0))
  expect(pauses.filter((pause) => pause > 1900)).toHaveLength(2)
}, 60_000)

test('a pull fails if it would have to wait more than a minute', async () => {
  const url = await proxy(
    await serve(createDB()),
    first(1, 503, () => ({ 'retry-after': '61' }), ['news'])
  )
  const { remote, asked } = counted<number>(url)
  const failure = await failureOf(createDB<number>().pull(remote))
  expect(failure).toMatchObject({ code: 'HISTO_NETWORK', retryable: true })
  expect(asked).toHaveLength(1)
})

test("our server's own 404 is not tried again", async () => {
  const server = createDB<number>({ name: 'server' })
  await server.put(1)
  const handler = createHandler(server, openToAll)
  const fetch = (url: string, init: RequestInit) => handler(new Request(url, init))
  const { remote, asked } = counted<number>('http://x', { fetch })
  const failure = await failureOf(remote.refDifference(null, 'nowhere'))
  expect(failure).toMatchObject({ code: 'HISTO_NOT_FOUND', retryable: false })
  expect(asked).toHaveLength(1)
  expect(await inProcess(server).head()).toBe(server.head())
})
