/**
 * `verify` names exactly what is damaged, missing or dangling, and nothing where nothing is.
 *
 * Checked to fail, in `crates/core/src/engine/verify.rs`: without the computing of refs the forged payload is
 * not found, without the looking up of heads those that lead nowhere are not, and where what is absent is
 * not noted, or who descends from it, the broken page is not told.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createDB, type VerifyReport } from '../../ts/index.js'
import { abortedAtFirst, failureOf, folder, opened, places, putMuch } from '../contract/places.js'
import { breakPageOf, crc32c } from '../support/damage.js'
import { manners } from '../support/user-stores.js'

const nothing = { ok: true, damaged: [], missing: [], dangling: [], heads: [], file: null }
const dataOf = (n: number) => `revision number ${n} `.repeat(n % 50 === 0 ? 1000 : 1)

/** The file of a closed database of `count` revisions on a line, and their refs. */
async function closedLine(count: number) {
  const path = join(folder(), 'db')
  const db = createDB<string>({ path, durability: 'relaxed', deltas: false })
  const items = Array.from({ length: count }, (_, n) => ({ data: dataOf(n) }))
  const refs = await db.putMany(items)
  await db.setRemoteHead('elsewhere', refs[1] as string)
  await db.close()
  return { path, file: join(path, 'data.mdb'), refs }
}

/** Changes the bytes of a file from where `text` stands. */
function change(file: string, text: string | Buffer, by: (bytes: Buffer, at: number) => void) {
  const bytes = readFileSync(file)
  const at = bytes.indexOf(text)
  expect(at).toBeGreaterThan(0)
  by(bytes, at)
  writeFileSync(file, bytes)
}

const flip = (bytes: Buffer, at: number) => {
  bytes[at] = (bytes[at] ?? 0) ^ 1
}

async function verified(path: string): Promise<VerifyReport> {
  const db = await opened({ path })
  return await db.verify()
}

describe.each(places)('%s', (_name, open) => {
  test('a whole database is found to be whole, with its counts', async () => {
    const db = await open()
    const refs = await db.putMany(Array.from({ length: 600 }, (_, n) => ({ data: { n } })))
    await db.put(new Uint8Array(5000), refs.slice(0, 3))
    await db.setRemoteHead('elsewhere', refs[5] as string)
    const bytes = refs.reduce((sum, _ref, n) => sum + JSON.stringify({ n }).length, 5000)
    expect(await db.verify()).toEqual({ ...nothing, revisions: 601, bytes })
  })

  test('an empty database is whole', async () => {
    expect(await (await open()).verify()).toEqual({ ...nothing, revisions: 0, bytes: 0 })
  })

  test('progress ends with everything done, and what its listener throws ends the run', async () => {
    const db = await open()
    await db.putMany(Array.from({ length: 300 }, (_, n) => ({ data: n })))
    const told: [number, number][] = []
    await db.verify({ onProgress: ({ done, total }) => told.push([done, total]) })
    expect(told.at(-1)).toEqual([300, 300])
    const thrown = new Error('of the listener')
    const onProgress = () => {
      throw thrown
    }
    expect(await failureOf(db.verify({ onProgress }))).toBe(thrown)
  })

  test('an aborted run rejects with the reason, and another one works', async () => {
    const db = await open()
    await db.putMany(Array.from({ length: 3000 }, (_, data) => ({ data })))
    await putMuch(db)
    const reason = new Error('enough')
    expect(await failureOf(db.verify({ signal: AbortSignal.abort(reason) }))).toBe(reason)
    const { options, told } = abortedAtFirst(reason)
    expect(await failureOf(db.verify(options))).toBe(reason)
    expect(told).toHaveLength(1)
    expect(told[0]?.done).toBeLessThan(told[0]?.total ?? 0)
    expect(await db.verify()).toMatchObject({ ok: true, revisions: 3005 })
  })

  test('closing waits for a run that is under way', async () => {
    const db = await open()
    await db.put(1)
    const run = db.verify()
    await db.close()
    expect(await run).toMatchObject({ ok: true, revisions: 1 })
    expect(await failureOf(db.verify())).toMatchObject({ code: 'HISTO_CLOSED' })
  })
})

test('a flipped bit of a payload is one damaged revision, by its ref', async () => {
  const { path, file, refs } = await closedLine(200)
  change(file, dataOf(17), flip)
  change(file, dataOf(150), (bytes, at) => flip(bytes, at + 9000)) // on pages of its own
  expect(await verified(path)).toMatchObject({
    ...nothing,
    ok: false,
    damaged: [refs[17], refs[150]]
  })
})

test('a payload that was forged together with all checksums is found by its hash', async () => {
  const { path, file, refs } = await closedLine(50)
  const bytes = readFileSync(file)
  const own = bytes.indexOf(dataOf(11))
  bytes.write('forged', own)
  const payload = bytes.subarray(own - 1, own + dataOf(11).length + 1)
  const record = bytes.indexOf(Buffer.from(refs[11] as string, 'hex')) - 4
  bytes.writeUInt32LE(crc32c(payload), record + 36)
  const key = Buffer.from([0, 0, 0, 11])
  const header = bytes.subarray(record + 4, own - 1)
  bytes.writeUInt32LE(crc32c(Buffer.concat([key, header])), record)
  writeFileSync(file, bytes)
  const db = await opened<string>({ path })
  expect(await db.get(refs[11] as string)).toContain('forged') // checksums notice accidents only
  expect(await db.verify()).toMatchObject({ ok: false, damaged: [refs[11]], missing: [] })
})

test('a head that is damaged or names nothing is told by its key', async () => {
  const { path, file, refs } = await closedLine(3)
  change(file, 'remotes/elsewhere', (bytes, at) => flip(bytes, at + 'remotes/elsewhere'.length + 3))
  expect(await verified(path)).toEqual({
    ...nothing,
    ok: false,
    revisions: 3,
    bytes: expect.any(Number),
    heads: [{ key: 'remotes/elsewhere', ref: null }]
  })
  expect(refs).toHaveLength(3)
})

test('a page that does not hold together is missing revisions, not a crash', async () => {
  const { path, file, refs } = await closedLine(1000)
  const db = await opened({ path })
  breakPageOf(file, refs[60] as string) // opening would refuse it
  const report = await db.verify()
  expect(report).toMatchObject({ ok: false, damaged: [], file: expect.any(String) })
  const places = report.missing.map((missing) => refs.indexOf(missing))
  expect(places).toContain(60)
  expect(places).toEqual(places.map((_, n) => (places[0] ?? 0) + n))
  expect(report.dangling).toEqual([refs[(places.at(-1) ?? 0) + 1]])
  expect(report.missing.length).toBeLessThan(100)
})

describe.each(manners)('over $name', (manner) => {
  test('what a store lost or changed is named, with who needs it', async () => {
    const { revisionStore, branchStore, texts } = manner.make()
    const db = await createDB<string>({ revisionStore, branchStore }).ready()
    const refs: string[] = []
    for (const data of ['a', 'b', 'c', 'd']) refs.push(await db.put(data))
    expect(await db.verify()).toMatchObject({ ok: true, revisions: 4, damaged: [], missing: [] })
    texts.delete(refs[1] as string)
    texts.set(refs[2] as string, (texts.get(refs[2] as string) ?? '').slice(0, -3))
    const cut = await db.verify()
    expect(cut).toMatchObject({ ok: false, damaged: [refs[2]], missing: [], dangling: [] })
    texts.set(refs[2] as string, `{"ancestors":["${refs[1]}"],"data":"c"}`)
    const lost = await db.verify()
    expect(lost).toMatchObject({ ok: false, damaged: [], missing: [refs[1]], dangling: [refs[2]] })
    texts.delete(refs[3] as string)
    const headless = await db.verify()
    expect(headless.missing).toEqual([refs[3]])
    expect(headless.heads).toEqual([{ key: 'heads/main', ref: refs[3] }])
    await db.close()
  })
})

test('a text that is not what its id says is damaged, where the store tells ids', async () => {
  const manner = manners.find(({ make }) => make().revisionStore.idOf !== undefined)
  const { revisionStore, branchStore, texts } = (manner ?? manners[0])?.make() ?? {}
  if (revisionStore === undefined || branchStore === undefined) throw new Error('no manner')
  expect(revisionStore.idOf).toBeTypeOf('function')
  const db = await createDB<string>({ revisionStore, branchStore }).ready()
  const ref = await db.put('true')
  texts?.set(ref, '{"ancestors":[],"data":"false"}')
  expect(await db.verify()).toMatchObject({ ok: false, damaged: [ref] })
  await db.close()
})
