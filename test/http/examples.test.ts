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
async function startServer(cwd: string) {
  const server = spawn(process.execPath, [example('server.mjs'), './data', '0'], { cwd })
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
