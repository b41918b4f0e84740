/**
 * Many branches through what takes only small requests, as nginx does beyond 1 MiB: heads, names and hashes are sent in
 * parts, down to one branch.
 *
 * Checked to fail: where `branches-noted`, `branches-head`, `branches-pull`, `branches-has`, `branches-deleted` or the request
 * for parts is sent whole (`ts/http/client/branch-calls.ts`), the run that needs it ends in HISTO_DENIED. Where names are not
 * divided into groups (`ts/http/client/compare-branches.ts`), 66,000 of them are refused.
 */

import { expect, test, vi } from 'vitest'
import type { HandlerOptions } from '../../ts/http-entry.js'
import { createSynchronizer, type DB } from '../../ts/index.js'
import { counted, operationOf, proxy } from './middlemen.js'
import { limiting } from './scripted.js'
import { createDB, openToAll, serve } from './servers.js'

type Doc = Record<string, number>

vi.setConfig({ testTimeout: 120_000 }) // 3 s alone, 30 s beside much else

const all: HandlerOptions = { ...openToAll, branches: true, authorize: () => true }
const count = 300

/** Puts another version of every `step`th document. */
const edited = async (db: DB<Doc>, version: number, step = 1) => {
  const numbers = Array.from({ length: count }, (_, n) => n).filter((n) => n % step === 0)
  const operations = numbers.map((n) => ({
    type: 'put' as const,
    branch: `document/number/${n}`,
    data: { n, version }
  }))
  await db.batch(operations)
}
/** Deletes every other document. */
const deleted = async (db: DB<Doc>) => {
  const numbers = Array.from({ length: count / 2 }, (_, n) => 2 * n)
  await db.batch(
    numbers.map((n) => ({ type: 'deleteBranch' as const, branch: `document/number/${n}` }))
  )
}
const headsOf = async (db: DB<Doc>) => ({ ...(await db.branches()) })

/** A server and a remote of it, behind what takes so many bytes, and how many requests of each operation came. */
async function limited(bytes = 2048) {
  const server = createDB<Doc>({ name: 'server' })
  const asked: Record<string, number> = {}
  const answers = limiting(bytes)
  const url = await proxy(await serve(server, all), (incoming, outgoing) => {
    const operation = operationOf(incoming.url ?? '')
    asked[operation] = (asked[operation] ?? 0) + 1
    return answers(incoming, outgoing)
  })
  return { server, asked, remote: counted<Doc>(url).remote }
}

test('heads of many branches are pushed in parts, and noted, moved and deleted there', async () => {
  const { server, asked, remote } = await limited()
  const laptop = createDB<Doc>({ name: 'laptop' })
  await edited(laptop, 1)
  const { failed } = await laptop.push(remote, { branches: true })
  expect({ ...failed }).toEqual({})
  expect(await headsOf(server)).toEqual(await headsOf(laptop))
  expect(Object.keys(await server.remotes()).length).toBe(count)
  await edited(laptop, 2, 2)
  await laptop.push(remote, { branches: true })
  expect(await headsOf(server)).toEqual(await headsOf(laptop))
  await deleted(laptop)
  await laptop.push(remote, { branches: true, prune: true })
  expect(await headsOf(server)).toEqual(await headsOf(laptop))
  // 300 names and refs are 17 KB: some 12 parts of what is known to fit, and few that were refused.
  for (const operation of ['branches-noted', 'branches-head']) {
    expect(asked[operation]).toBeGreaterThan(8)
    expect(asked[operation]).toBeLessThan(120)
  }
  expect(asked['branches-delete']).toBeGreaterThan(1)
})

test('heads of many branches are asked for in parts', async () => {
  const { server, asked, remote } = await limited()
  const laptop = createDB<Doc>({ name: 'laptop' })
  await edited(server, 1)
  await laptop.pull(remote, { branches: true })
  expect(await headsOf(laptop)).toEqual(await headsOf(server))
  await edited(server, 2) // over 256 changed: no stream follows
  await laptop.pull(remote, { branches: true })
  expect(await headsOf(laptop)).toEqual(await headsOf(server))
  expect(asked['branches-pull']).toBeGreaterThan(8)
  expect(asked['branches-pull']).toBeLessThan(60)
  await edited(server, 3, 100)
  const { revisions } = await laptop.pull(remote, { branches: true })
  expect([await headsOf(laptop), revisions]).toEqual([await headsOf(server), count / 100])
  await deleted(server)
  await laptop.pull(remote, { branches: true, prune: true })
  expect(await headsOf(laptop)).toEqual(await headsOf(server))
  expect(asked['branches-deleted']).toBeGreaterThan(1)
})

test('branches that are named one by one are compared in parts', async () => {
  const { server, remote } = await limited()
  await edited(server, 1)
  const branches = Object.keys(await server.branches()).slice(0, 200)
  for (const name of ['laptop', 'desktop']) {
    const db = createDB<Doc>({ name })
    await db.pull(remote, { branches })
    expect(Object.keys(await db.branches()).sort()).toEqual(branches.toSorted())
    await edited(server, 2, 3)
    await db.pull(remote, { branches })
    for (const branch of branches) {
      expect(db.branch(branch).head()).toBe(await server.branch(branch).head())
    }
  }
})

test('more branches than one request may name are compared in groups', async () => {
  const server = createDB<Doc>({ name: 'server' })
  await edited(server, 1)
  const { remote, asked } = counted<Doc>(await serve(server, all))
  const absent = Array.from({ length: 66_000 }, (_, n) => `absent/${n}`)
  const laptop = createDB<Doc>({ name: 'laptop' })
  await laptop.pull(remote, { branches: [...Object.keys(await server.branches()), ...absent] })
  expect(await headsOf(laptop)).toEqual(await headsOf(server))
  expect(asked.filter(({ operation }) => operation === 'branches').length).toBeGreaterThan(2)
})

test('what both sides have without a remote head, and data that was erased elsewhere, is found in parts', async () => {
  const { server, asked, remote } = await limited(6 << 10)
  const laptop = createDB<Doc>({ name: 'laptop' })
  await edited(server, 1)
  await createSynchronizer(server, laptop, { branches: true, remote: 'by another way' }).run()
  await edited(server, 2)
  // So little room names few of what both have: some of that comes again.
  await laptop.pull(remote, { branches: true })
  expect(await headsOf(laptop)).toEqual(await headsOf(server))
  expect(asked['branches-has']).toBeGreaterThan(1)
  const mirror = createDB<Doc>({ name: 'mirror' })
  await mirror.pull(server, { branches: true })
  const erased: string[] = []
  for (const ref of Object.values(await mirror.branches()).slice(0, 20)) {
    erased.push(...(await mirror.ancestors(ref)))
  }
  for (const ref of erased) await mirror.erase(ref)
  const late = createDB<Doc>({ name: 'late' })
  await late.pull(mirror, { branches: true })
  expect(await late.has(erased)).not.toContain(true)
  await late.pull(remote, { branches: true })
  expect(await late.has(erased)).not.toContain(false)
})
