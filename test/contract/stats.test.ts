/** How much there is: counted by a plain loop, on a path and in memory. */

import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { DB } from '../../ts/index.js'
import { manners, only } from '../support/user-stores.js'
import { collect, folder, opened, places } from './places.js'

const none = {
  revisions: null,
  branches: null,
  remotes: null,
  dataBytes: null,
  storedBytes: null,
  fileBytes: null,
  memoryBytes: null
}

/** The same by the calls that read. */
async function counted(db: DB<unknown>) {
  const heads = Object.values(await db.branches())
  const refs = new Set<string>()
  for (const head of heads) for (const ref of await db.refDifference(null, head)) refs.add(ref)
  const data = await db.getMany([...refs])
  const bytes = data.map((one) =>
    one instanceof Uint8Array ? one.length : Buffer.byteLength(JSON.stringify(one))
  )
  return {
    revisions: refs.size,
    branches: heads.length,
    remotes: Object.keys(await db.remotes()).length,
    dataBytes: bytes.reduce((sum, one) => sum + one, 0)
  }
}

test.each(places)('stats count the contents, over %s', async (_place, open) => {
  const db = await open()
  expect(await db.stats()).toMatchObject({
    revisions: 0,
    branches: 0,
    remotes: 0,
    dataBytes: 0,
    storedBytes: 0
  })
  const refs = await db.putMany(
    Array.from({ length: 5000 }, (_, n) => ({ data: { n, text: 'ä'.repeat(n % 50) } }))
  )
  await db.put(new Uint8Array(3000))
  for (let n = 0; n < 20; n += 1)
    await db.branch(`b${n}`).put(`${n} `.repeat(1000), refs.slice(n, n + 1))
  for (let n = 0; n < 7; n += 1) await db.setRemoteHead(`r${n}`, refs[n] as string)
  await db.deleteBranch('b3')
  await db.branch('b3').setHead(refs[3] as string)
  await db.deleteRemote('r3')
  const stats = await db.stats()
  const { revisions, dataBytes, ...rest } = await counted(db)
  const alone = Buffer.byteLength(JSON.stringify('3 '.repeat(1000))) // what b3 had
  const all = { revisions: revisions + 1, dataBytes: dataBytes + alone }
  expect(stats).toMatchObject({ ...rest, ...all })
  await db.put('one more')
  const more = await db.stats()
  expect(more.revisions).toBe((stats.revisions ?? 0) + 1)
  expect(more.dataBytes).toBe((stats.dataBytes ?? 0) + Buffer.byteLength('"one more"'))
  await db.erase(refs[0] as string)
  const less = await db.stats()
  expect([less.revisions, less.dataBytes]).toEqual([
    more.revisions,
    (more.dataBytes ?? 0) - Buffer.byteLength('{"n":0,"text":""}')
  ])
  expect(less.memoryBytes).toBeGreaterThan(100_000)
})

test('on a path the file is as large as it is, and what is stored is less than what was put', async () => {
  const path = join(folder(), 'db')
  const db = await opened<string>({ path })
  for (let n = 0; n < 50; n += 1) await db.put(`${'the same text '.repeat(500)} ${n}`)
  const { fileBytes, dataBytes, storedBytes } = await db.stats()
  expect(fileBytes).toBe(statSync(join(path, 'data.mdb')).size)
  expect(storedBytes).toBeLessThan((dataBytes as number) / 10)
  expect(storedBytes).toBeGreaterThan(0)
})

test('in memory there is no file', async () => {
  const db = await opened<string>({})
  await db.put('a')
  const answer = await new Promise((resolve, reject) => {
    db.stats((error, stats) => (error ? reject(error) : resolve(stats)))
  })
  expect(answer).toMatchObject({ fileBytes: 0, dataBytes: 3, storedBytes: 3 })
})

test.each(manners)('over $name nothing is counted', async ({ make }) => {
  const db = await opened(only(make()))
  await db.put(1)
  expect(await db.stats()).toEqual(none)
  expect(await collect(db.eachBranch())).toHaveLength(1)
})
