/** The traffic in requests and bytes, and that nothing is left behind. */

import { execFile } from 'node:child_process'
import { createServer as createProxy, connect as dial, type Socket } from 'node:net'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { createSynchronizer } from '../../ts/index.js'
import { failureOf } from '../contract/places.js'
import { root } from '../support/project.js'
import { connect, createDB, createHandler, inProcess, line, openToAll, serve } from './servers.js'

const exec = promisify(execFile)

/** A place between client and server that counts bytes each way. */
async function counting(url: string) {
  const count = { up: 0, down: 0, url: '' }
  const sockets = new Set<Socket>()
  const proxy = createProxy((near) => {
    const far = dial(Number(new URL(url).port), '127.0.0.1')
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        near.destroy()
        far.destroy()
      })
    }
    near.on('data', (chunk) => {
      count.up += chunk.length
      far.write(chunk)
    })
    far.on('data', (chunk) => {
      count.down += chunk.length
      near.write(chunk)
    })
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    proxy.close()
  })
  count.url = `http://127.0.0.1:${(proxy.address() as { port: number }).port}`
  return count
}

/** A client that keeps count of what it asks. */
function noted(db: ReturnType<typeof createDB>) {
  const operations: string[] = []
  const handler = createHandler(db, openToAll)
  const fetch = (url: string, init: RequestInit) => {
    operations.push(new URL(url).pathname.slice(1))
    return handler(new Request(url, init))
  }
  return { operations, remote: connect('http://x', { fetch }) }
}

test('equal databases agree in one request and under 1 KB, its answer included, whoever asks', async () => {
  const [server, client] = [createDB({ name: 'server' }), createDB({ name: 'client' })]
  await line(server, 5000)
  const count = await counting(await serve(server))
  const remote = connect(count.url)
  await client.pull(remote, { resolve: () => 'nothing' })
  await createSynchronizer(client, remote).run()
  for (const run of [createSynchronizer(remote, client), createSynchronizer(client, remote)]) {
    Object.assign(count, { up: 0, down: 0 })
    expect(await run.run()).toMatchObject({ revisions: 0 })
    expect(count.up).toBeGreaterThan(0)
    expect(count.up + count.down).toBeLessThan(1000)
  }
  const { operations, remote: again } = noted(server)
  await createSynchronizer(again, client).run()
  await createSynchronizer(client, again).run()
  expect(operations).toEqual(['news', 'state'])
})

test('a database that has everything already, under another name, needs one request', async () => {
  const [server, client] = [createDB({ name: 'server' }), createDB({ name: 'client' })]
  await line(server, 100)
  await createSynchronizer(server, client).run()
  await client.deleteRemote('server')
  const { operations, remote } = noted(server)
  const run = await createSynchronizer(remote, client).run()
  expect(run).toEqual({ head: server.head(), revisions: 0, bytes: 0 })
  expect(operations).toEqual(['news'])
  expect(await client.remoteHead('server')).toBe(server.head())
})

test('a few edits need few requests, and a push no more than state and push', async () => {
  const [server, client] = [createDB({ name: 'server' }), createDB({ name: 'client' })]
  await line(server, 2000)
  await client.pull(inProcess(server), { resolve: () => 'nothing' })
  await line(client, 3, 'ours')
  const pushing = noted(server)
  expect(await client.push(pushing.remote)).toMatchObject({ revisions: 3, moved: true })
  expect(pushing.operations).toEqual(['state', 'push', 'head'])
  await line(server, 3, 'theirs')
  const pulling = noted(server)
  expect(await createSynchronizer(pulling.remote, client).run()).toMatchObject({ revisions: 3 })
  expect(pulling.operations).toEqual(['news'])
})

test('progress counts up to its total, either way', async () => {
  const [server, client] = [createDB({ name: 'server' }), createDB({ name: 'client' })]
  await line(server, 3000)
  const told: { phase: string; done: number; total: number; bytes: number }[] = []
  const onProgress = (progress: (typeof told)[number]) => told.push(progress)
  const pulled = await createSynchronizer(inProcess(server), client).run({ onProgress })
  expect(told[0]).toMatchObject({ phase: 'difference' })
  expect(told.at(-1)).toEqual({ phase: 'revisions', done: 3000, total: 3000, bytes: pulled.bytes })
  await client.setHead(pulled.head ?? '')
  told.length = 0
  const target = createDB({ name: 'target' })
  const pushed = await createSynchronizer(client, inProcess(target)).run({ onProgress })
  expect(told.at(-1)).toEqual({ phase: 'revisions', done: 3000, total: 3000, bytes: pushed.bytes })
  expect(pushed.bytes).toBe(pulled.bytes)
  expect(told.every(({ done, total }) => done <= total)).toBe(true)
})

test('an exception of progress ends the run', async () => {
  const server = createDB({ name: 'server' })
  await line(server, 3000)
  const client = createDB()
  const onProgress = ({ phase }: { phase: string }) => {
    if (phase === 'revisions') throw new Error('stop here')
  }
  const running = createSynchronizer(inProcess(server), client).run({ onProgress })
  await expect(running).rejects.toThrow(/^stop here$/)
  expect(await client.remotes()).toEqual({})
})

test('a revision of many megabytes passes, either way', async () => {
  const [server, client] = [createDB({ name: 'server' }), createDB({ name: 'client' })]
  const data = new Uint8Array(20 * 1024 * 1024).map((_, place) => (place * 2_654_435_761) >>> 13)
  await client.put('before')
  const big = await client.put(data)
  await client.put('after')
  const remote = connect(await serve(server))
  expect(await client.push(remote)).toMatchObject({ moved: true, revisions: 3 })
  expect(Buffer.compare((await server.get(big)) as Uint8Array, data)).toBe(0)
  const other = createDB()
  await other.pull(remote)
  expect(Buffer.compare((await other.get(big)) as Uint8Array, data)).toBe(0)
}, 60_000)

test('a revision of many megabytes that the server does not accept is HISTO_DENIED', async () => {
  const client = createDB({ name: 'client' })
  await client.put(
    new Uint8Array(20 * 1024 * 1024).map((_, place) => (place * 2_654_435_761) >>> 13)
  )
  const server = createDB({ name: 'server' })
  for (const limits of [{ maxBodyBytes: 18 * 1024 * 1024 }, { maxRevisionBytes: 1024 }]) {
    const remote = connect(await serve(server, { ...openToAll, ...limits }))
    expect(await failureOf(client.push(remote))).toMatchObject({ code: 'HISTO_DENIED' })
  }
  expect(await server.remotes()).toEqual({})
}, 60_000)

test('two remote databases synchronize through a process that keeps nothing', async () => {
  const [here, there] = [createDB({ name: 'here' }), createDB({ name: 'there' })]
  const refs = await line(here, 1500)
  const [source, target] = [inProcess(here), inProcess(there)]
  const run = await createSynchronizer(source, target).run()
  expect(run).toMatchObject({ head: refs.at(-1), revisions: 1500 })
  expect(await there.remoteHead('here')).toBe(refs.at(-1))
  expect(await createSynchronizer(source, target).run()).toMatchObject({ revisions: 0 })
})

test('a process ends by itself when it has synchronized, and when live was aborted', async () => {
  const server = createDB({ name: 'server' })
  await line(server, 3)
  const url = await serve(server)
  const program = `
    const { createDB, createSynchronizer } = require(${JSON.stringify(root)})
    const { connect } = require(${JSON.stringify(`${root}/dist/http-entry.js`)})
    const [db, remote, stop] = [createDB(), connect(${JSON.stringify(url)}), new AbortController()]
    createSynchronizer(remote, db).run().then(async ({ revisions }) => {
      const living = createSynchronizer(remote, db).live({ signal: stop.signal })
      setTimeout(() => stop.abort(), 200)
      await living
      console.log(revisions)
    })`
  const { stdout, stderr } = await exec(process.execPath, ['-e', program], { timeout: 20_000 })
  expect([stdout, stderr]).toEqual(['3\n', ''])
}, 30_000)
