/** `serve`, `pull`, `push`, and looking over HTTP. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { createListener } from '../../ts/http-entry.js'
import { createDB } from '../../ts/index.js'
import { command, folder, histo, lines } from './histo.js'

/** A folder with three revisions, of which the last joins two. */
async function made() {
  const cwd = folder()
  const db = createDB<unknown>({ path: cwd })
  const a = await db.put({ title: 'a' })
  const b = await db.put({ title: 'b' })
  const x = await db.put({ title: 'a', x: 1 }, [a], { moveHead: false })
  const m = await db.put({ title: 'b', x: 1 }, [b, x])
  await db.close()
  return { cwd, a, b, x, m }
}

/** Starts `histo serve` on a free port; what it prints first. */
async function served(cwd: string, ...args: string[]) {
  const child = spawn(process.execPath, [command, 'serve', '--port', '0', '--json', ...args], {
    cwd
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  return { child, ...(JSON.parse(line) as { url: string; token?: string }) }
}

async function stopped(child: ChildProcess): Promise<number | null> {
  child.kill('SIGTERM')
  const [code] = await once(child, 'close')
  return code
}

test('the verbs that look work over HTTP', async () => {
  const { cwd, a, b, x, m } = await made()
  const { child, url } = await served(cwd)
  const over = (...args: string[]) => lines(['--db', url, ...args])
  expect(await over('log')).toEqual(await lines(['log'], { cwd }))
  expect(await over('log', '-n', '2', '--json')).toEqual(
    await lines(['log', '-n', '2', '--json'], { cwd })
  )
  expect(await over('show')).toEqual(await lines(['show'], { cwd }))
  expect(await over('cat', `${b.slice(0, 6)}:/title`)).toEqual(['"b"'])
  expect(await over('cat', 'main^2~1:/title')).toEqual(['"a"'])
  expect(await over('diff', a, m)).toEqual(await lines(['diff', a, m], { cwd }))
  expect(await over('merge-base', b, x)).toEqual([a])
  expect(await over('branches')).toEqual([`${m.slice(0, 10)}  main`])
  const none = await histo(['cat', 'nix', '--db', url])
  expect([none.code, none.err]).toEqual([1, "histo: no revision is named 'nix' there\n"])
  for (const args of [['put'], ['remotes'], ['verify'], ['serve'], ['compact']]) {
    const { code, err } = await histo([...args, '--db', url], { input: '1' })
    expect([args, code]).toEqual([args, 2])
    expect(err).toContain('does not work over HTTP')
  }
  expect(await stopped(child)).toBe(0)
}, 90_000)

test('over HTTP all branches that are served have names, and stand in the graph', async () => {
  const { cwd, a, b } = await made()
  const db = await createDB<unknown>({ path: cwd }).ready()
  const [first = ''] = [await db.branch('side').put({ title: 's' }, [a])]
  await db.branch('side').put({ title: 't' })
  await db.branch('10').put({ title: 'ten' }, [first])
  await db.branch('own').put({ title: 'own' }, [])
  await db.branch('old').setHead(b)
  await db.close()
  const { url } = await served(cwd)
  const over = (...args: string[]) => lines(['--db', url, ...args])
  const here = (...args: string[]) => lines(args, { cwd })
  for (const args of [['branches'], ['log'], ['log', 'side'], ['show', 'own'], ['show', '10']]) {
    expect(await over(...args)).toEqual(await here(...args))
  }
  expect(await over('cat', `${first.slice(0, 8)}:/title`)).toEqual(['"s"'])
  expect(await over('merge-base', 'side', 'main')).toEqual([a])
  expect(await over('diff', 'own', 'side~1')).toEqual(await here('diff', 'own', 'side~1'))
}, 90_000)

/** Checked to fail: read the revisions of a log by a stream alone. */
test('over HTTP a revision whose data was erased stands in the graph', async () => {
  const { cwd } = await made()
  const db = await createDB<unknown>({ path: cwd }).ready()
  const erased = await db.put({ title: 'gone' }, { meta: { author: 'Ann' } })
  await db.put({ title: 'after' })
  await db.erase(erased)
  await db.close()
  const { url } = await served(cwd)
  for (const args of [['log'], ['log', '--json'], ['log', 'main~1'], ['show', 'main~2']]) {
    expect(await lines(['--db', url, ...args])).toEqual(await lines(args, { cwd }))
  }
  const over = await histo(['show', 'main~1', '--db', url])
  const here = await histo(['show', 'main~1'], { cwd })
  expect([over.code, over.out]).toEqual([1, here.out])
  expect(over.out).toContain('Ann')
  expect(over.err).toContain('erased')
}, 90_000)

test('over HTTP a server of one branch shows it as main', async () => {
  await using db = createDB<unknown>()
  await db.branch('hidden').put('hidden')
  const ref = await db.put({ title: 'a' })
  const server = createServer(createListener(db)).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  expect(await lines(['branches', '--db', url])).toEqual([`${ref.slice(0, 10)}  main`])
  expect(await lines(['log', '--db', url, '--json'])).toHaveLength(1)
})

/** The status of a request with a `Host` of its own. */
function statusFor(url: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(url, { headers: { host } }, ({ statusCode }) => resolve(statusCode))
      .on('error', reject)
      .end()
  })
}

test('serve refuses writing and foreign hosts unless it is told otherwise', async () => {
  const { cwd } = await made()
  const { url, token } = await served(cwd)
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/)
  expect(token).toBeUndefined()
  const { port } = new URL(url)
  expect(await statusFor(url, `evil.example:${port}`)).toBe(403)
  expect(await statusFor(url, `127.0.0.1:${Number(port) + 1}`)).toBe(403)
  expect(await statusFor(url, `localhost:${port}`)).not.toBe(403)
  const other = folder()
  await lines(['pull', url, '--db', other])
  await lines(['put', '--db', other], { input: '1' })
  const { code, err } = await histo(['push', url, '--db', other])
  expect([code, err]).toEqual([1, expect.stringContaining('not allowed: write')])
})

test('with --write every request needs the token, which is generated or given', async () => {
  const { cwd, m } = await made()
  const { url, token = '' } = await served(cwd, '--write')
  expect(token).toMatch(/^[\w-]{32}$/)
  const other = folder()
  const without = await histo(['pull', url, '--db', other])
  expect([without.code, without.out]).toEqual([1, ''])
  const wrong = await histo(['branches', '--db', url], { env: { HISTO_TOKEN: `${token}x` } })
  expect([wrong.code, wrong.out]).toEqual([1, ''])
  const env = { HISTO_TOKEN: token }
  const [pulled = ''] = await lines(['pull', url, '--db', other, '--json'], { env })
  expect(JSON.parse(pulled)).toMatchObject({ head: m, revisions: 4, branch: 'main' })
  const [ref = ''] = await lines(['put', '--db', other], { input: '{"title":"new"}' })
  const [pushed = ''] = await lines(['push', url, '--token', token, '--db', other, '--json'])
  expect(JSON.parse(pushed)).toMatchObject({ head: ref, moved: true, revisions: 1 })
  expect(await lines(['branches', 'main'], { cwd })).toEqual([`${ref.slice(0, 10)}  main`])
})

test('a token in the environment is needed for reading too, and is not printed', async () => {
  const { cwd } = await made()
  const child = spawn(process.execPath, [command, 'serve', '--port', '0'], {
    cwd,
    env: { ...process.env, HISTO_TOKEN: 'secret' }
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  expect(line).not.toContain('secret')
  expect(await histo(['branches', '--db', line])).toMatchObject({ code: 1, out: '' })
  expect(await lines(['branches', '--db', line], { env: { HISTO_TOKEN: 'secret' } })).toHaveLength(
    1
  )
})

test('pull and push between folders merge as JSON, and report conflicts', async () => {
  const { cwd } = await made()
  const other = folder()
  await lines(['pull', cwd, '--db', other])
  await lines(['put', '--db', other], { input: '{"title":"b","x":2}' })
  await lines(['put', '--db', cwd], { input: '{"title":"c","x":1}' })
  const [pulled = ''] = await lines(['pull', other, '--json'], { cwd })
  expect(JSON.parse(pulled).merge.kind).toBe('merge')
  expect(await lines(['cat', 'main', '--json'], { cwd })).toEqual(['{"title":"c","x":2}'])
  const [back = ''] = await lines(['push', other], { cwd })
  expect(back).toMatch(/; its head is [\da-f]{10}$/)
  await lines(['put', '--db', other], { input: '{"title":"d","x":2}' })
  await lines(['put', '--db', cwd], { input: '{"title":"e","x":2}' })
  for (const way of ['pull', 'push']) {
    const { code, out, err } = await histo([way, other], { cwd })
    expect(out).toContain('both modified /title')
    expect([code, err]).toEqual([1, 'histo: the merge has conflicts; nothing was changed\n'])
  }
})

test('two HTTP addresses, or options that exclude each other, are refused with a reason', async () => {
  const { cwd } = await made()
  const two = await histo(['pull', 'http://127.0.0.1:1', '--db', 'http://127.0.0.1:2'])
  expect(two.err).toContain('one of the two must be a folder')
  const many = await histo(['pull', cwd, '--prune'], { cwd: folder() })
  expect(many.err).toContain('--prune needs --branches')
  const both = await histo(['pull', cwd, '--branches', '', '--branch', 'x'], { cwd: folder() })
  expect(both.err).toContain('cannot stand together')
  const nobody = await histo(['branches', '--db', 'ftp:/x', '--db', 'http://127.0.0.1:9/'])
  expect([two.code, many.code, nobody.code]).toEqual([2, 2, 1])
}, 60_000)

test('--db may be the HTTP address of a pull or push', async () => {
  const { cwd, m } = await made()
  const { url } = await served(cwd)
  const other = folder()
  await lines(['push', other, '--db', url])
  expect(await lines(['branches', '--db', other])).toEqual([`${m.slice(0, 10)}  main`])
})

test('revisions erased on a server are shown, and their data is refused', async () => {
  const { cwd, a } = await made()
  await lines(['erase', a, '--yes'], { cwd })
  const { url } = await served(cwd)
  expect(await lines(['log', '-n', '1', '--db', url])).toContain('~ ~')
  expect(await lines(['log', '--oneline', '--db', url])).toContain(`○  ${a.slice(0, 10)} (erased)`)
  const { code, err } = await histo(['cat', a, '--db', url])
  expect(err).toMatch(new RegExp(`^histo: [^\\n]*${a} was erased[^\\n]*\\n$`))
  expect(code).toBe(1)
})

test('pull and push copy many branches and report each; prune deletes what was deleted', async () => {
  const [cwd, other] = [folder(), folder()]
  const db = createDB<unknown>({ path: cwd, name: 'first' })
  for (const name of ['page/1', 'page/2', 'draft/1']) await db.branch(name).put({ name })
  const heads = await db.branches()
  await db.close()
  const at = (name: string) => (heads[name] ?? '').slice(0, 10)
  const pulled = await lines(['pull', cwd, '--branches', 'page/', '--db', other])
  expect(pulled.slice(0, 2)).toEqual([
    `fast-forward  page/1 ${at('page/1')}`,
    `fast-forward  page/2 ${at('page/2')}`
  ])
  await lines(['delete-branch', 'page/1'], { cwd })
  const pruned = await lines(['pull', cwd, '--branches', '', '--prune', '--json', '--db', other])
  expect(JSON.parse(pruned[0] ?? '')).toMatchObject({
    branches: { 'page/1': { kind: 'deleted', ref: null }, 'draft/1': { kind: 'fast-forward' } },
    deleted: ['page/1'],
    failed: {}
  })
  const { url, token = '' } = await served(cwd, '--write')
  await lines(['put', '--branch', 'page/3', '--db', other], { input: '{"three":3}' })
  const pushed = await lines(['push', url, '--branches', '', '--db', other], {
    env: { HISTO_TOKEN: token }
  })
  expect(pushed.some((line) => line.startsWith('fast-forward  page/3'))).toBe(true)
  await lines(['delete-branch', 'page/3', '--db', other])
  const kept = await lines(['push', url, '--branches', '', '--prune', '--db', other], {
    env: { HISTO_TOKEN: token }
  })
  expect(kept).toContain('unmoved       page/3: it may not be deleted there')
  const there = createDB<unknown>({ path: cwd })
  expect(Object.keys(await there.branches())).toEqual(['draft/1', 'page/2', 'page/3'])
  await there.close()
}, 90_000)

test('a server that does not answer is told by its reason, and nothing is made for it', async () => {
  const { cwd } = await made()
  const { child, url } = await served(cwd)
  await stopped(child)
  const db = join(folder(), 'new')
  const { code, err } = await histo(['pull', url, '--db', db])
  const { host } = new URL(url)
  const why = `no connection to ${url}: connect ECONNREFUSED ${host}`
  expect([code, err, existsSync(db)]).toEqual([1, `histo: ${why}\n`, false])
}, 60_000)

test('a port that is taken is told in words', async () => {
  const { cwd } = await made()
  const { url } = await served(cwd)
  const { port } = new URL(url)
  for (const verb of [['serve'], ['view', '--no-open']]) {
    const { code, err } = await histo([...verb, '--port', port], { cwd })
    const told = `histo: cannot listen on 127.0.0.1, port ${port}: the port is taken; --port chooses another\n`
    expect([code, err]).toEqual([1, told])
  }
}, 60_000)
