/** The examples do what they say, in processes of their own. */

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { folder } from '../contract/places.js'
import { root } from '../support/project.js'

const exec = promisify(execFile)
const example = (name: string) => join(root, 'examples', name)

/** A server, and what it said first. */
async function startServer(cwd: string, name = 'server.mjs') {
  const server = spawn(process.execPath, [example(name), './data', '0'], { cwd })
  onTestFinished(() => {
    server.kill('SIGKILL')
  })
  const lines: string[] = []
  server.stdout.on('data', (chunk) => lines.push(...String(chunk).trim().split('\n')))
  server.stderr.on('data', (chunk) => lines.push(String(chunk)))
  while (lines.length === 0) await once(server.stdout, 'data')
  const url = /http:\/\/localhost:\d+/.exec(lines[0] ?? '')?.[0] ?? ''
  return { server, lines, url }
}

/** A folder where the package can be imported from. */
function project(): string {
  const cwd = folder()
  mkdirSync(join(cwd, 'node_modules'))
  symlinkSync(root, join(cwd, 'node_modules', 'histo-revisions'), 'junction')
  return cwd
}

test('a server and two clients, one of them offline for a while, come to one list', async () => {
  const cwd = project()
  const client = async (url: string, ...args: string[]) => {
    const env = { ...process.env, SERVER: url }
    return (await exec(process.execPath, [example('client.mjs'), ...args], { cwd, env })).stdout
  }
  const { server, lines, url } = await startServer(cwd)
  expect(await client(url, 'anna')).toContain('the list is empty')
  expect(await client(url, 'anna', 'bread')).toContain('sent 1')
  expect(await client('http://127.0.0.1:1', 'ben', 'milk')).toContain('offline')
  expect(await client(url, 'ben', 'eggs')).toMatch(/bread, milk, eggs/)
  expect(await client(url, 'anna')).toMatch(/bread, milk, eggs/)
  server.kill('SIGTERM')
  const [code] = await once(server, 'exit')
  expect(code).toBe(0)
  expect(lines.at(-1)).toContain('bread, milk, eggs')
}, 60_000)

/** The result of a request to a server: the status, the JSON, and the ETag in the form in which it is sent back. */
async function ask(url: string, method: string, body?: unknown, headers = {}) {
  const json = { 'content-type': 'application/json', ...headers }
  const sent = body === undefined ? {} : { body: JSON.stringify(body) }
  const response = await fetch(url, { method, headers: json, ...sent })
  const told = (await response.json()) as { id?: string; head?: string; version?: string }
  return { status: response.status, told, tag: response.headers.get('etag') ?? '' }
}

test('documents have versions with authors, and nobody overwrites what they have not seen', async () => {
  const { server, url } = await startServer(project(), 'documents.mjs')
  const [anna, ben] = [{ user: 'anna' }, { user: 'ben' }]
  const made = await ask(`${url}/documents`, 'POST', { text: 'one' }, anna)
  const other = await ask(`${url}/documents`, 'POST', { text: 'one' }, ben)
  expect([made.status, made.tag === other.tag]).toEqual([201, false])
  const at = `${url}/documents/${made.told.id}`
  expect((await ask(at, 'PUT', { text: 'two' }, ben)).status).toBe(428)
  const edited = await ask(at, 'PUT', { text: 'two' }, { ...ben, 'if-match': made.tag })
  expect(edited.status).toBe(200)
  const late = await ask(at, 'PUT', { text: 'three' }, { ...anna, 'if-match': made.tag })
  expect([late.status, late.told.head]).toEqual([412, edited.told.version])
  const history = (await ask(`${at}/history`, 'GET')).told as unknown as {
    author: string
    time: string
  }[]
  expect(history.map(({ author }) => author)).toEqual(['ben', 'anna'])
  const first = await ask(`${at}?at=${history[1]?.time}`, 'GET')
  expect([first.told, first.tag]).toEqual([{ text: 'one' }, made.tag])
  expect((await ask(`${at}?at=2000-01-01T00:00:00.000Z`, 'GET')).status).toBe(404)
  const stranger = `${at}?version=${other.tag.replaceAll('"', '')}`
  expect((await ask(stranger, 'GET')).status).toBe(404)
  const restore = `${at}/restore?version=${made.tag.replaceAll('"', '')}`
  expect((await ask(restore, 'POST', undefined, anna)).status).toBe(200)
  expect((await ask(at, 'GET')).told).toEqual({ text: 'one' })
  const listed = (await ask(`${url}/documents`, 'GET')).told as unknown as { id: string }[]
  expect(listed.map(({ id }) => id)).toEqual([made.told.id, other.told.id].sort())
  server.kill('SIGTERM')
  expect(await once(server, 'exit')).toEqual([0, null])
}, 60_000)

test('copies of the documents work offline, and come together by the server', async () => {
  const cwd = project()
  const { server, url } = await startServer(cwd, 'documents.mjs')
  const copy = async (place: string, ...args: string[]) => {
    const env = { ...process.env, SERVER: place }
    return (await exec(process.execPath, [example('documents-offline.mjs'), ...args], { cwd, env }))
      .stdout
  }
  const made = await ask(`${url}/documents`, 'POST', { title: 'by anna' }, { user: 'anna' })
  const id = made.told.id ?? ''
  expect(await copy(url, 'ben')).toContain(`doc/${id}: fast-forward`)
  expect(await copy('http://127.0.0.1:1', 'ben', id, 'written offline')).toContain('offline (')
  expect(await copy('http://127.0.0.1:1', 'ben', 'new', 'made offline')).toContain('offline (')
  const renamed = { title: 'renamed' }
  await ask(`${url}/documents/${id}`, 'PUT', renamed, { user: 'anna', 'if-match': made.tag })
  const merged = await copy(url, 'ben')
  expect(merged).toContain('"text":"written offline","title":"renamed"')
  expect((await ask(`${url}/documents/${id}`, 'GET')).told).toEqual({
    text: 'written offline',
    title: 'renamed'
  })
  expect(await copy(url, 'anna')).toContain('doc/new {"text":"made offline"}')
  server.kill('SIGTERM')
  expect(await once(server, 'exit')).toEqual([0, null])
}, 60_000)
