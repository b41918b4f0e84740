/** `view`: the page, for this machine alone. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { command, folder } from './histo.js'

/** Starts `histo view` on a free port; the address that it prints. */
async function viewed(cwd: string, env: Readonly<Record<string, string>> = {}) {
  const { HISTO_TOKEN, HISTO_DB, ...others } = process.env
  const args = [command, 'view', '--port', '0', '--no-open']
  const child = spawn(process.execPath, args, { cwd, env: { ...others, ...env } })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  return { child, url: new URL(line) }
}

async function made(): Promise<string> {
  const cwd = folder()
  const db = createDB({ path: cwd, name: 'notes' })
  await db.put({ title: 'first' })
  await db.close()
  return cwd
}

/** The status of a request with this Host. */
function statusWith(url: URL, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers: { host } }, (answer) =>
      resolve(answer.resume().statusCode)
    )
    asked.on('error', reject).end()
  })
}

test('view prints an address with a token, which becomes a cookie', async () => {
  const { child, url } = await viewed(await made())
  expect(url.hostname).toBe('127.0.0.1')
  expect(url.searchParams.get('token')).toMatch(/^[\w-]{32}$/)
  expect((await fetch(url.origin)).status).toBe(401)
  expect((await fetch(`${url.origin}/api/state`)).status).toBe(401)
  const first = await fetch(url, { redirect: 'manual' })
  expect([first.status, first.headers.get('location')]).toEqual([303, '/'])
  const cookie = first.headers.get('set-cookie') ?? ''
  expect(cookie).toContain('HttpOnly; SameSite=Strict')
  const headers = { cookie: cookie.split(';')[0] ?? '' }
  const page = await fetch(url.origin, { headers })
  expect([page.status, page.headers.get('content-security-policy')]).toEqual([
    200,
    "default-src 'self'"
  ])
  expect(await (await fetch(`${url.origin}/api/state`, { headers })).json()).toMatchObject({
    database: 'notes',
    heads: [{ name: 'main' }]
  })
  child.kill('SIGTERM')
  expect((await once(child, 'close'))[0]).toBe(0)
})

test('view refuses a foreign Host, also with the token', async () => {
  const { url } = await viewed(await made(), { HISTO_TOKEN: 'own' })
  expect(url.searchParams.get('token')).toBe('own')
  expect(await statusWith(url, url.host)).toBe(303)
  expect(await statusWith(url, `localhost:${url.port}`)).toBe(303)
  for (const host of [
    'evil.example',
    `evil.example:${url.port}`,
    '127.0.0.1',
    `0.0.0.0:${url.port}`
  ]) {
    expect(await statusWith(url, host)).toBe(403)
  }
})

test('view only reads, and sees what another process writes', async () => {
  const cwd = await made()
  const { url } = await viewed(cwd, { HISTO_TOKEN: 'own' })
  const headers = { authorization: 'Bearer own' }
  const post = await fetch(`${url.origin}/api/state`, { method: 'POST', headers })
  expect(post.status).toBe(405)
  const state = async (query = '') =>
    (await (await fetch(`${url.origin}/api/state${query}`, { headers })).json()) as {
      stamp: string
      heads: { ref: string }[]
    }
  const { stamp } = await state()
  const news = state(`?wait=20&since=${stamp}`)
  const db = createDB({ path: cwd })
  const ref = await db.put({ title: 'second' })
  expect((await news).heads).toEqual([{ name: 'main', ref }])
  await db.close()
})
