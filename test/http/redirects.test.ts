/** Redirects: headers and the query of a URL stay within the origin that they were given for. */

import { createServer, type IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { createSynchronizer } from '../../ts/index.js'
import { failureOf } from '../contract/places.js'
import { connect, createDB, createListener, line, listening, openToAll } from './servers.js'

const headers = { authorization: 'Bearer secret', 'x-api-key': 'secret' }

/** A server that sends each request to `target(request)`, and one that says what came to it. */
async function pair(status: number) {
  const db = createDB<unknown>({ name: 'server' })
  const [last] = (await line(db, 3)).slice(-1)
  const came: IncomingMessage[] = []
  const listener = createListener(db, openToAll)
  const elsewhere = await listening(
    createServer((request, response) => {
      came.push(request)
      void listener(request, response)
    })
  )
  const redirecting = await listening(
    createServer((request, response) => {
      response.writeHead(status, { location: `${elsewhere}${request.url}` }).end()
    })
  )
  return { db, last, came, redirecting }
}

test.each([301, 302, 303, 307, 308])(
  'a redirect %i sends nothing to another origin',
  async (status) => {
    const { last, came, redirecting } = await pair(status)
    const remote = connect(`${redirecting}/db?token=secret`, { headers })
    const calls = [remote.ready(), remote.has([last ?? '']), remote.refDifference(null, last ?? '')]
    for (const failure of await Promise.all(calls.map(failureOf))) {
      expect(failure).toMatchObject({ code: 'HISTO_PROTOCOL', retryable: false })
      expect(failure.message).toMatch(/redirects to http.* another origin/)
      expect(failure.message).not.toContain('secret')
    }
    expect(came).toHaveLength(0)
  }
)

test("redirects: 'follow' passes headers and query on", async () => {
  const { db, came, redirecting } = await pair(307)
  const url = `${redirecting}/db?token=secret`
  const remote = connect(url, { headers, redirects: 'follow' })
  const target = createDB()
  const { head } = await createSynchronizer(remote, target).run()
  expect(head).toBe(db.head())
  expect(came[0]?.headers['x-api-key']).toBe('secret')
  expect(came[0]?.url).toContain('token=secret')
})

test.each([301, 302, 307, 308])(
  'a client follows a redirect %i within the origin',
  async (status) => {
    const db = createDB<unknown>({ name: 'server' })
    await line(db, 3)
    const listener = createListener(db, openToAll)
    const url = await listening(
      createServer((request, response) => {
        if (request.url?.startsWith('/new/') === true) return void listener(request, response)
        response.writeHead(status, { location: request.url?.replace('/old/', '/new/') }).end()
      })
    )
    const target = createDB<unknown>({ name: 'target' })
    const remote = connect(`${url}/old?token=x`, { headers })
    await target.pull(remote, { resolve: () => 'none' })
    expect(target.head()).toBe(db.head())
    await target.put('more')
    expect(await target.push(connect(`${url}/old`))).toMatchObject({ moved: true })
  }
)

test('endless redirects, and redirects to nowhere, are reported', async () => {
  const url = await listening(
    createServer((request, response) => {
      const location = request.url?.startsWith('/round') === true ? request.url : 'http://['
      response.writeHead(302, { location }).end()
    })
  )
  expect((await failureOf(connect(`${url}/round`, { retries: 0 }).ready())).message).toContain(
    'again and again'
  )
  expect((await failureOf(connect(`${url}/none`).ready())).message).toContain('to nowhere')
})

test('an unknown value of redirects is refused', () => {
  const redirects = 'error' as 'follow'
  expect(() => connect('http://x', { redirects })).toThrow(TypeError)
})
