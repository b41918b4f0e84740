/**
 * Permissions to read the page, and the headers of every answer.
 *
 * Checked to fail: with the token compared by its beginning, without the check of the host, with `Location` taken from
 * the path as it is, and with a header left out.
 */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { createPage, createPageListener, type PageOptions } from '../../ts/page-entry.js'

const token = 'a secret, with = and ; in it'
const shown = encodeURIComponent(token)

function pageWith(options?: PageOptions) {
  const db = createDB({ name: 'guarded' })
  onTestFinished(() => db.close())
  const page = createPage(db, options)
  return (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    page(new Request(new URL(path, 'https://notes.example'), { headers, method }))
}

test('every answer forbids browsers to run anything from elsewhere', async () => {
  const get = pageWith({ token })
  const bearer = { authorization: `Bearer ${token}` }
  const answers = [
    await get('/', bearer),
    await get('/page.js', bearer),
    await get('/api/state', bearer),
    await get('/api/nothing', bearer),
    await get(`/?token=${shown}`),
    await get('/'),
    await get('/', bearer, 'POST')
  ]
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 404, 303, 401, 405])
  for (const { headers } of answers) {
    expect(headers.get('content-security-policy')).toBe("default-src 'self'")
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('access-control-allow-origin')).toBeNull()
  }
})

test('the token of the address becomes a cookie, and leaves the address', async () => {
  const get = pageWith({ token })
  const first = await get(`/deep/page/?a=b&token=${shown}`)
  expect(first.status).toBe(303)
  expect(first.headers.get('location')).toBe('/deep/page/?a=b')
  const cookie = first.headers.get('set-cookie') ?? ''
  expect(cookie).toMatch(
    /^histo-page-[0-9a-f]{12}=[0-9a-f]{64}; Path=\/deep\/page\/; HttpOnly; SameSite=Strict; Secure$/
  )
  expect(cookie).not.toContain('secret')
  const [pair = ''] = cookie.split(';')
  expect((await get('/deep/page/', { cookie: `other=1; ${pair}` })).status).toBe(200)
  expect((await get('/deep/page/api/state', { cookie: pair })).status).toBe(200)
  // A cookie does not make up for a wrong token, and one page's cookie is not valid for another.
  expect((await get('/?token=wrong', { cookie: pair })).status).toBe(401)
  expect((await pageWith({ token: 'other' })('/', { cookie: pair })).status).toBe(401)
})

test.each(['', 'a', token.slice(0, -1), `${token} `, `${token}x`, 'A SECRET, WITH = AND ; IN IT'])(
  'nothing is answered to the token %j',
  async (wrong) => {
    const get = pageWith({ token })
    for (const path of ['/', '/page.css', '/api/state', '/api/rows?view=x']) {
      const joint = path.includes('?') ? '&' : '?'
      const answers = [
        await get(path),
        await get(`${path}${joint}token=${encodeURIComponent(wrong)}`),
        await get(path, { authorization: `Bearer ${wrong}.` })
      ]
      expect(answers.map(({ status }) => status)).toEqual([401, 401, 401])
    }
  }
)

test('the redirect stays on its host, whatever the path is', async () => {
  const get = pageWith({ token })
  for (const path of ['//evil.example/', '/\\evil.example/', '///evil.example/a/']) {
    const { headers } = await get(`https://notes.example${path}?token=${shown}`)
    const to = new URL(headers.get('location') ?? '', 'https://notes.example')
    expect(to.host).toBe('notes.example')
  }
})

test('without a token and authorize only this machine is answered', async () => {
  const page = createPage(createDB())
  const statusAt = async (url: string, headers = {}) =>
    (await page(new Request(url, { headers }))).status
  expect(await statusAt('http://localhost/')).toBe(200)
  expect(await statusAt('http://127.0.0.1:4681/')).toBe(200)
  expect(await statusAt('http://[::1]:4681/api/state')).toBe(200)
  expect(await statusAt('http://rebound.example/')).toBe(403)
  expect(await statusAt('http://localhost.evil.example/api/state')).toBe(403)
})

test('over node:http a foreign Host is refused', async () => {
  const server = createServer(createPageListener(createDB()))
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const { request } = await import('node:http')
  const statusOf = (host: string) =>
    new Promise((resolve, reject) => {
      const options = { port, host: '127.0.0.1', headers: { host }, path: '/api/state' }
      const asked = request(options, (answer) => resolve(answer.resume().statusCode))
      asked.on('error', reject).end()
    })
  expect(await statusOf(`127.0.0.1:${port}`)).toBe(200)
  expect(await statusOf('evil.example')).toBe(403)
})

test('authorize is asked for each request, after the token; only true allows', async () => {
  const asked: string[] = []
  const failures: unknown[] = []
  const get = pageWith({
    token,
    authorize: ({ url, headers }) => {
      asked.push(new URL(url).pathname)
      const user = headers.get('user')
      if (user === 'thrower') throw new Error('no sessions')
      return (user === 'ann' || 'yes') as boolean
    },
    onError: (error) => failures.push(error)
  })
  expect((await get('/', { user: 'ann' })).status).toBe(401)
  expect(asked).toEqual([])
  const bearer = { authorization: `Bearer ${token}` }
  expect((await get('/', { ...bearer, user: 'ann' })).status).toBe(200)
  expect((await get('/api/state', { ...bearer, user: 'bob' })).status).toBe(403)
  expect((await get('/page.js', { ...bearer, user: 'thrower' })).status).toBe(403)
  expect((await get(`/?token=${shown}`)).headers.get('set-cookie')).toBeNull()
  expect(asked).toEqual(['/', '/api/state', '/page.js', '/'])
  expect(failures).toHaveLength(1)
})

test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s is refused', async (method) => {
  const get = pageWith({ authorize: () => true })
  for (const path of ['/', '/api/state']) expect((await get(path, {}, method)).status).toBe(405)
})

test('HEAD answers without a body', async () => {
  const answer = await pageWith({ authorize: () => true })('/', {}, 'HEAD')
  expect([answer.status, await answer.text()]).toEqual([200, ''])
  expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
})

test('a page without the last slash sends readers to it, and programs away', async () => {
  const get = pageWith({ authorize: () => true })
  const reader = await get('/history?x=1', { accept: 'text/html' })
  expect([reader.status, reader.headers.get('location')]).toEqual([307, './history/?x=1'])
  expect((await get('/history')).status).toBe(404)
})

test('invalid options are refused', () => {
  const db = createDB()
  expect(() => createPage(db, { token: '' })).toThrow('token must be a string with letters')
  expect(() => createPage(db, { token: undefined as never })).toThrow(
    'token of createPage is undefined'
  )
  expect(() => createPage(db, { branches: false as never })).toThrow('branches must be true')
  expect(() => createPage({} as never)).toThrow('db must be a database')
})

test('what is no request is told', async () => {
  const page = createPage(createDB())
  for (const wrong of [undefined, 'http://localhost/', {}])
    await expect(page(wrong as never)).rejects.toThrow('the page answers a Request')
})
