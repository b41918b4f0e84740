/**
 * A panic in Rust becomes `HISTO_INTERNAL` and never ends the process. Runs children over the addon
 * that was built with failpoints; without its `guard` each of them dies by a signal. The functions of
 * the addon are taken from its declarations: a new one without `guard` returns, and the test fails.
 */

import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'

const addon = fileURLToPath(
  new URL('../../crates/node/failpoints/histo-revisions.node', import.meta.url)
)
const dist = new URL('../../dist/index.js', import.meta.url).href
const folder = mkdtempSync(join(tmpdir(), 'histo-panic-'))

const withFailpoints = {
  env: { ...process.env, NAPI_RS_NATIVE_LIBRARY_PATH: addon, RUST_BACKTRACE: '0' },
  timeout: 60_000
}

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs a script that prints one JSON value; `db` is open at a path, `fail(point)` chooses a failpoint. */
async function inChild(name: string, script: string): Promise<unknown> {
  const program = `
    import { createDB } from ${JSON.stringify(dist)}
    const path = ${JSON.stringify(join(folder, name))}
    const fail = (point) => { process.env.HISTO_FAILPOINT = point }
    const outcome = (promise) => promise.then(() => 'done', (error) => error.code)
    const message = (promise) => promise.then(() => 'done', (error) => error.message)
    const db = await createDB({ path }).ready()
    console.log(JSON.stringify(await (async () => {${script}})()))`
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', program],
    withFailpoints
  )
  return JSON.parse(stdout)
}

test('the addon with failpoints is built', () => {
  expect(existsSync(addon)).toBe(true)
})

test('a panic in any call is an error, and the next call works', async () => {
  const codes = await inChild(
    'exports',
    `const ref = await db.put(1)
    fail('export')
    const calls = [db.get(ref), db.getMany([ref]), db.revision(ref), db.has([ref]), db.ancestors(ref),
      db.mergeBases(ref, ref), db.isAncestor(ref, ref), db.refDifference(null, ref), db.remotes(),
      db.branches(), db.remoteHead('x')]
    const codes = await Promise.all(calls.map(outcome))
    fail('')
    return { codes: [...new Set(codes)], after: await db.get(ref) }`
  )
  expect(codes).toEqual({ codes: ['HISTO_INTERNAL'], after: 1 })
})

test('a panic in any function of the addon is HISTO_INTERNAL, and the addon still works', async () => {
  const fixture = fileURLToPath(new URL('fixtures/every-export.mjs', import.meta.url))
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [fixture, join(folder, 'every')],
    withFailpoints
  )
  const { outcomes, works, exported } = JSON.parse(stdout)
  const names = Object.keys(outcomes)
  expect(names.length).toBeGreaterThan(50)
  expect(exported.filter((name: string) => !names.includes(name))).toEqual([])
  const panicked = 'HISTO_INTERNAL: internal error: failpoint export'
  expect(outcomes).toEqual(Object.fromEntries(names.map((name) => [name, panicked])))
  expect(works).toBe(true)
})

test('a panic while a path is opened is HISTO_INTERNAL, and it can be opened afterwards', async () => {
  const seen = await inChild(
    'opening',
    `fail('open')
    const other = createDB({ path: path + '-other' })
    const refused = await Promise.all([outcome(other.ready()), outcome(other.put(1))])
    await other.close()
    fail('')
    const again = createDB({ path: path + '-other' })
    return { refused, again: await outcome(again.put(2)), first: await outcome(db.put(3)) }`
  )
  expect(seen).toEqual({
    refused: ['HISTO_INTERNAL', 'HISTO_INTERNAL'],
    again: 'done',
    first: 'done'
  })
})

test.each(['prepare', 'commit.decided'])(
  'a panic of the writer at %s fails its writes, and what was written stays',
  async (point) => {
    const seen = await inChild(
      point,
      `const ref = await db.put('kept')
    fail('${point}')
    const failed = await Promise.all([db.put(1), db.put(2), db.setHead(ref)].map(outcome))
    fail('')
    const later = await outcome(db.put(3))
    const read = await db.get(ref)
    await db.close()
    const again = await createDB({ path }).ready()
    return { failed, later, read, head: again.head() === ref, data: await again.get() }`
    )
    expect(seen).toEqual({
      failed: ['HISTO_INTERNAL', 'HISTO_INTERNAL', 'HISTO_INTERNAL'],
      later: 'HISTO_INTERNAL',
      read: 'kept',
      head: true,
      data: 'kept'
    })
  }
)

test('a panic while a long write is drafted fails all that was passed with it, and what was written stays', async () => {
  const seen = await inChild(
    'draft',
    `const ref = await db.put('kept')
    fail('draft')
    const text = 'long '.repeat(10_000)
    const calls = [db.put(1), db.putMany([{ data: { text } }, { data: { text } }, { data: text }])]
    const failed = await Promise.all([...calls, db.put(2)].map(outcome))
    fail('')
    const later = await outcome(db.put(3))
    await db.close()
    const again = await createDB({ path }).ready()
    return { failed, later, head: again.head() === ref, written: await outcome(again.put(4)) }`
  )
  expect(seen).toEqual({
    failed: ['HISTO_INTERNAL', 'HISTO_INTERNAL', 'HISTO_INTERNAL'],
    later: 'HISTO_INTERNAL',
    head: true,
    written: 'done'
  })
})

test('after a panic of the writer another process can write, and so can this one after reopening', async () => {
  const seen = await inChild(
    'broken',
    `const ref = await db.put('kept')
    const twin = await createDB({ path }).ready()
    fail('commit.decided')
    await outcome(db.put(1))
    fail('')
    const later = await Promise.all([message(db.put(2)), message(twin.erase(ref))])
    const program = \`import { createDB } from ${JSON.stringify(dist)}
      const db = createDB({ path: process.argv[1] })
      await db.put('from another process')
      await db.close()\`
    const { execFileSync } = await import('node:child_process')
    const args = ['--input-type=module', '--eval', program, path]
    execFileSync(process.execPath, args, { timeout: 30_000 })
    await db.close()
    await twin.close()
    const again = await createDB({ path }).ready()
    await again.compact() // alone: no lock was left
    return { later, read: await again.get(), written: await outcome(again.put('anew')) }`
  )
  const advice = 'nothing more is written until the database is closed and opened again'
  const broken = `internal error: ${advice}, since its writer failed: failpoint commit.decided`
  expect(seen).toEqual({
    later: [broken, broken],
    read: 'from another process',
    written: 'done'
  })
})

test('a panic after the commit fails the call, and the write is there after reopening', async () => {
  const seen = await inChild(
    'stored',
    `fail('commit.stored')
    const failed = await outcome(db.put('written'))
    fail('')
    await db.close()
    const again = await createDB({ path }).ready()
    return { failed, data: await again.get() }`
  )
  expect(seen).toEqual({ failed: 'HISTO_INTERNAL', data: 'written' })
})

test('a panic in a long walk fails that walk, and later ones are answered', async () => {
  const seen = await inChild(
    'walker',
    `const refs = await db.putMany(Array.from({ length: 60_000 }, (_, data) => ({ data })))
    const [root, tip] = [refs[0], refs.at(-1)]
    fail('walker')
    const walks = [db.isAncestor(root, tip), db.refDifference(null, tip)]
    const failed = await Promise.all(walks.map(outcome))
    fail('')
    const later = await db.isAncestor(root, tip)
    await db.close()
    return { failed, later }`
  )
  expect(seen).toEqual({ failed: ['HISTO_INTERNAL', 'HISTO_INTERNAL'], later: true })
})
