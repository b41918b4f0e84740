/** The same work through a real nginx (Debian: `apt-get install nginx-light`), in several settings. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { folder } from '../contract/places.js'
import { possible } from '../support/skip.js'
import { keptTogether, pulledAndPushed } from './kept-together.js'
import { connect, createDB, serve } from './servers.js'

interface Words {
  readonly words: readonly string[]
}

const binary = ['nginx', '/usr/sbin/nginx'].find(
  (name) => spawnSync(name, ['-v']).error === undefined
)
const isThere = possible(
  binary !== undefined,
  'a real proxy (no nginx: apt-get install nginx-light)'
)

const freePort = async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']

/** The configuration of nginx, with `settings` in the server's block. */
const configOf = (path: string, port: number, url: string, settings: string) => `
${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 1;
error_log ${path}/error.log;
pid ${path}/nginx.pid;
events { worker_connections 256; }
http {
  access_log off;
  ${kinds.map((kind) => `${kind}_temp_path ${path}/${kind};`).join('\n  ')}
  limit_req_zone $binary_remote_addr zone=all:1m rate=8r/s;
  server {
    listen 127.0.0.1:${port};
    ${settings}
    location / { proxy_pass ${url}; }
  }
}
`

interface Nginx {
  readonly url: string
  readonly process: ChildProcess
}

/** An nginx before the server at `url`. */
async function nginx(url: string, settings: string): Promise<Nginx> {
  const path = folder()
  mkdirSync(path, { recursive: true })
  const port = await freePort()
  writeFileSync(join(path, 'nginx.conf'), configOf(path, port, url, settings))
  const args = ['-p', path, '-c', join(path, 'nginx.conf'), '-g', 'daemon off;']
  const process = spawn(binary ?? 'nginx', args, { stdio: 'ignore' })
  onTestFinished(async () => {
    const ended = new Promise((resolve) => process.once('exit', resolve))
    process.kill('SIGTERM')
    await ended
  })
  const own = `http://127.0.0.1:${port}`
  await vi.waitFor(() => fetch(own), { timeout: 10_000, interval: 50 })
  return { url: own, process }
}

const settings = [
  ['as it is', ''],
  ['that cuts what rests', 'keepalive_timeout 1s; proxy_read_timeout 1s;'],
  ['that compresses everything', 'gzip on; gzip_min_length 0; gzip_types *; gzip_proxied any;'],
  ['that takes 20 KiB', 'client_max_body_size 20k;'],
  ['that limits the rate', 'limit_req zone=all burst=4 nodelay; limit_req_status 429;'],
  ['that hands on as it comes', 'proxy_buffering off; proxy_request_buffering off;']
] as const

const turns = process.env['HISTO_LONG'] === '1' ? Array(60).fill(1000) : [0, 200, 2500, 100]

test.runIf(isThere).each(settings)(
  'through an nginx %s live, pull and push keep outcome and pace',
  async (_name, setting) => {
    const server = createDB<Words>({ name: 'server' })
    const { url } = await nginx(await serve(server), setting)
    const { delays, rate } = await keptTogether(server, url, turns)
    expect(delays[0]).toBeLessThan(5000)
    expect(delays[Math.floor(delays.length / 2)]).toBeLessThan(1500)
    expect(rate).toBeLessThan(15)
    // 56 requests where none is refused. Of 8 a second some are refused two or three times: 151 to 175 were seen.
    const most = setting.startsWith('limit_req') ? 240 : 160
    expect(await pulledAndPushed(server, url)).toBeLessThan(most)
  },
  120_000
)

test.runIf(isThere)(
  'through an nginx that is reloaded every half second, live, pull and push succeed at the same pace',
  async () => {
    const server = createDB<Words>({ name: 'server' })
    const { url, process } = await nginx(await serve(server), 'keepalive_timeout 1s;')
    const timer = setInterval(() => process.kill('SIGHUP'), 500)
    onTestFinished(() => clearInterval(timer))
    const { delays, rate } = await keptTogether(server, url, turns)
    expect(delays[0]).toBeLessThan(5000)
    expect(rate).toBeLessThan(15)
    expect(await pulledAndPushed(server, url)).toBeLessThan(160)
  },
  120_000
)

test.runIf(isThere)(
  'a push of more than 1 MiB gets through an nginx with its default settings',
  async () => {
    const server = createDB<Uint8Array>({ name: 'server' })
    const client = createDB<Uint8Array>({ name: 'client' })
    const data = () => new Uint8Array(randomBytes(100 * 1024))
    await client.putMany(Array.from({ length: 100 }, () => ({ data: data() })))

    const { url } = await nginx(await serve(server), '')
    expect(await client.push(connect<Uint8Array>(url))).toMatchObject({
      revisions: 100,
      moved: true
    })
    expect(server.head()).toBe(client.head())
  },
  60_000
)
