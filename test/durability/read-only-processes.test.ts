/**
 * Reading only, beside others that write.
 *
 * Checked to fail: without `Reading::read` a reader without locks reads on while others commit; without `is_written` it
 * opens beside a writer; where `use_as` does not open the file anew the writer of the process writes nothing.
 */

import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createDB, type DB } from '../../ts/index.js'
import { failureOf } from '../support/open.js'
import { possible } from '../support/skip.js'
import { folder, isLong, start } from './children.js'
import { startAsNobody } from './machine.js'
import { filled, openToRead, Reader, stateOf } from './read-only.js'

const isRoot = process.getuid?.() === 0
const permissions = possible(isRoot, 'the database of another user: only root can be two users')
const linux = possible(process.platform === 'linux', 'two copies of the addon: Linux only')
const kills = isLong ? 200 : 8

describe('beside a process that writes', () => {
  test('the reader follows heads, data and watches', async () => {
    const path = folder()
    await filled(path)
    await using db = openToRead(path)
    await db.ready()
    const change = db.watch().next()
    const { child } = start('append', path, '1', 'relaxed')
    expect((await change).value).toMatchObject({ branch: 'main', ref: expect.any(String) })
    const seen = new Set<unknown>()
    for (let tries = 0; seen.size < 5 && tries < 500; tries += 1) {
      seen.add(await db.get())
      await sleep(10)
    }
    child.kill('SIGKILL')
    expect(seen.size).toBeGreaterThanOrEqual(5)
    expect(await db.verify()).toMatchObject({ ok: true })
  })

  test('the reader survives kills of the writer', { timeout: 600_000 }, async () => {
    const path = folder()
    await filled(path)
    await using db = openToRead(path)
    for (let round = 0; round < kills; round += 1) {
      const { child, ended } = start('append', path, '3', 'relaxed')
      const life = 150 + Math.random() * 200
      for (const began = Date.now(); Date.now() - began < life; await sleep(1)) {
        expect(await db.history({ limit: 3 }).next()).toMatchObject({ done: false })
      }
      child.kill('SIGKILL')
      const refs = (await ended).stdout.split('\n').filter((line) => line.length === 64)
      expect(await db.has(refs)).not.toContain(false)
    }
    expect(await db.verify()).toMatchObject({ ok: true })
    await using writer = createDB({ path })
    await writer.put('goes on')
    expect(await db.get()).toBe('goes on')
  })

  test("the writer's compaction is refused", async () => {
    const path = folder()
    await filled(path)
    await using db = openToRead(path)
    await db.ready()
    const { stdout } = await start('open-and-compact', path).ended
    expect(stdout).toContain('HISTO_LOCKED')
    expect(await db.get()).toBe('second')
  })
})

describe('beside a database of the same process that writes', () => {
  test.each(['before', 'after'])('a reader opened %s it shares its engine', async (when) => {
    const path = folder()
    const [, second] = await filled(path)
    const open = async (isWriter: boolean): Promise<DB> =>
      await (isWriter ? createDB({ path }) : openToRead(path)).ready()
    const [one, two] = [await open(when === 'before'), await open(when !== 'before')]
    const [writer, reader] = when === 'before' ? [one, two] : [two, one]
    const moved = reader.watch().next()
    const third = await writer.put('third')
    expect(reader.head()).toBe(third)
    expect((await moved).value).toMatchObject({ ref: third, previous: second })
    expect(await reader.get()).toBe('third')
    expect(await failureOf(reader.put('fourth'))).toMatchObject({ code: 'HISTO_DENIED', path })
    await writer.compact()
    expect(await reader.get()).toBe('third')
    await writer.close()
    expect(await reader.get()).toBe('third')
    expect(await failureOf(reader.put('fourth'))).toMatchObject({ code: 'HISTO_DENIED', path })
    await reader.close()
    await using again = createDB({ path })
    expect(await again.get()).toBe('third')
  })

  test('the reader may name any durability, but no other name', async () => {
    const path = folder()
    await filled(path)
    await using writer = createDB({ path, durability: 'relaxed' })
    await writer.ready()
    await using reader = createDB({ path, readOnly: true, durability: 'sync' })
    expect(await reader.get()).toBe('second')
    const other = createDB({ path, readOnly: true, name: 'another' })
    expect(await failureOf(other.ready())).toBeInstanceOf(TypeError)
    await using strict = createDB({ path, durability: 'sync' })
    expect(await failureOf(strict.ready())).toBeInstanceOf(TypeError)
  })

  test('reads that are pending while the writer opens succeed', async () => {
    const path = folder()
    await filled(path)
    await using reader = await openToRead(path).ready()
    let stops = false
    const reads = (async () => {
      for (let n = 0; !stops; n += 1) {
        expect(await reader.get()).toBeDefined()
        if (n % 50 === 0) await sleep(0)
      }
    })()
    for (let round = 0; round < 5; round += 1) {
      await using writer = createDB({ path })
      await writer.put(round)
      expect(await reader.get()).toBe(round)
    }
    stops = true
    await reads
  })
})

describe.runIf(permissions)('files of another user', () => {
  /** A database, and what its files allow to others. */
  async function given(modes: Record<string, number>): Promise<string> {
    const path = join(folder(), 'db')
    await filled(path)
    for (const up of [path, join(path, '..')]) chmodSync(up, 0o755)
    for (const [file, mode] of Object.entries(modes)) chmodSync(join(path, file), mode)
    return path
  }
  const readable = { 'data.mdb': 0o644, 'lock.mdb': 0o644, 'open.lock': 0o644 }

  test('a reader who may write to lock.mdb sees later writes', async () => {
    const path = await given({ ...readable, 'lock.mdb': 0o666 })
    await using writer = createDB({ path })
    await writer.put('third')
    const reader = new Reader(startAsNobody('read-only', path))
    expect(await reader.opened()).toBe('opened')
    expect(await reader.read()).toEqual({ data: 'third' })
    for (const data of ['a', 'b', 'c']) {
      await writer.put(data)
      expect(await reader.read()).toEqual({ data })
    }
  })

  const locked = { code: 'HISTO_LOCKED', retryable: true }

  test('a reader who may not opens only while nobody has it open for writing', async () => {
    const path = await given(readable)
    const writer = await createDB({ path }).ready()
    const refused = new Reader(startAsNobody('read-only', path))
    expect(await refused.opened()).toMatchObject({ ...locked, path })
    await writer.close()
    await using other = openToRead(path)
    expect(await other.get()).toBe('second')
    const reader = new Reader(startAsNobody('read-only', path))
    expect(await reader.opened()).toBe('opened')
    expect(await reader.read()).toEqual({ data: 'second' })
  })

  test('a reader who may not is told that somebody has written, until the writer has closed', async () => {
    const path = await given(readable)
    const reader = new Reader(startAsNobody('read-only', path))
    expect(await reader.opened()).toBe('opened')
    expect(await reader.read()).toEqual({ data: 'second' })
    const before = stateOf(path)
    const writer = await createDB({ path }).ready()
    expect(await reader.read()).toEqual({ data: 'second' })
    await writer.put('third')
    expect(await reader.read()).toMatchObject({ ...locked, path })
    await writer.put('fourth')
    expect(await reader.read()).toMatchObject({ ...locked, path })
    await writer.close()
    expect(await reader.read()).toEqual({ data: 'fourth' })
    expect(stateOf(path)).not.toEqual(before)
  })
})

const unshare = ['--pid', '--mount', '--fork', '--mount-proc', '--kill-child']
const containers = possible(
  spawnSync('unshare', [...unshare, 'true']).status === 0,
  'containers with a read-only mount: no right to make one'
)

describe.runIf(containers)('in a container whose mount of the folder is read-only', () => {
  /** A reader with process id 1 or so, as containers have them. */
  function contained(path: string): Reader {
    const program = fileURLToPath(new URL('fixtures/read-only.mjs', import.meta.url))
    const inside = `mount --bind -o ro ${path} ${path} && mount -o remount,ro,bind ${path} && exec "$0" "$@"`
    const args = [...unshare, 'sh', '-c', inside, process.execPath, program, path]
    const child = spawn('unshare', args, { stdio: ['pipe', 'pipe', 'inherit'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    return new Reader(child)
  }

  test('it reads beside other readers, and does not keep a writer out', async () => {
    const path = folder()
    await filled(path)
    const readers = [contained(path), contained(path)]
    for (const reader of readers) expect(await reader.opened()).toBe('opened')
    for (const reader of readers) expect(await reader.read()).toEqual({ data: 'second' })
    await using writer = createDB({ path })
    await writer.put('third')
    for (const reader of readers) {
      expect(await reader.read()).toMatchObject({ code: 'HISTO_LOCKED', retryable: true })
    }
    await writer.close()
    for (const reader of readers) expect(await reader.read()).toEqual({ data: 'third' })
  })

  test('it is HISTO_LOCKED beside a process that writes outside of it', async () => {
    const path = folder()
    await filled(path)
    await using writer = createDB({ path })
    await writer.ready()
    expect(await contained(path).opened()).toMatchObject({ code: 'HISTO_LOCKED', path })
    await writer.close()
    expect(await contained(path).opened()).toBe('opened')
  })
})

test.runIf(linux)('another copy of the package in the process is refused, both ways', async () => {
  const path = folder()
  await filled(path)
  const program = `
    const { createRequire } = require('node:module')
    const { cpSync, readdirSync } = require('node:fs')
    const [root, path, place] = process.argv.slice(1)
    const { createDB } = require(root + '/dist/index.js')
    for (const part of ['package.json', 'dist']) cpSync(root + '/' + part, place + '/' + part, { recursive: true })
    const filter = (from) => !/crates.node.(src|tests|npm|failpoints|target)/.test(from)
    cpSync(root + '/crates/node', place + '/crates/node', { recursive: true, filter })
    const copy = require(place + '/dist/index.js')
    const told = (db) => db.ready().then(() => 'opened', ({ code }) => code)
    ;(async () => {
      const outcomes = []
      for (const one of [{ readOnly: true }, {}]) {
        for (const two of [{ readOnly: true }, {}]) {
          const first = await createDB({ path, ...one }).ready()
          const second = copy.createDB({ path, ...two })
          outcomes.push(await told(second), await first.get())
          await second.close()
          await first.close()
        }
      }
      console.log(JSON.stringify(outcomes))
    })()`
  const root = join(import.meta.dirname, '..', '..')
  const printed = execFileSync(process.execPath, ['-e', program, root, path, folder()])
  const refused = ['HISTO_LOCKED', 'second']
  expect(JSON.parse(printed.toString())).toEqual([refused, refused, refused, refused].flat())
})
