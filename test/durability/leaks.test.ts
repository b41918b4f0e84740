/**
 * Databases that were closed, or in memory forgotten, leave nothing behind: no file descriptor, no
 * thread, no memory. Run in a child that can collect garbage.
 *
 * Checked to fail: where the last database of a path does not close it (`leave` in `crates/node/src/threads/registry.rs`)
 * files and threads are left.
 */

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'

const dist = new URL('../../dist/index.js', import.meta.url).href
const folder = mkdtempSync(join(tmpdir(), 'histo-leaks-'))
/** A child beside other tests gets little of the processors: 30 s were too few for what takes 3 alone. */
const patience = 120_000
const isLinux = process.platform === 'linux'

afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function inChild(script: string): Promise<unknown> {
  const program = `
    import { readdirSync } from 'node:fs'
    import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
    import { createDB } from ${JSON.stringify(dist)}
    const count = async () => {
      for (let i = 0; i < 3; i++) { globalThis.gc(); await turn() }
      return {
        files: readdirSync('/proc/self/fd').length,
        threads: readdirSync('/proc/self/task').length,
        megabytes: process.memoryUsage.rss() / 1e6
      }
    }
    ${script}`
  const args = ['--expose-gc', '--input-type=module', '--eval', program]
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: patience })
  return JSON.parse(stdout)
}

interface Count {
  files: number
  threads: number
  megabytes: number
}

// Counts are read from /proc, which only Linux has.
test.runIf(isLinux)(
  'opening and closing a path a hundred times leaves no file open and no thread',
  async () => {
    const [before, after] = (await inChild(`
    const path = ${JSON.stringify(join(folder, 'again'))}
    const once = async () => {
      const db = createDB({ path })
      await db.put(1)
      await db.close()
    }
    const rest = () => sleep(5500) // threads without work end after 5 s
    for (let i = 0; i < 5; i++) await once()
    await rest()
    const before = await count()
    for (let i = 0; i < 100; i++) await once()
    await rest()
    console.log(JSON.stringify([before, await count()]))`)) as [Count, Count]
    expect(after.files).toBe(before.files)
    expect(after.threads).toBe(before.threads)
  },
  patience
)

test.runIf(isLinux)(
  'databases in memory that nobody closed are collected',
  async () => {
    const [before, after] = (await inChild(`
    const many = async () => {
      for (let i = 0; i < 200; i++) await createDB().put('x'.repeat(100_000))
    }
    await many()
    const before = await count()
    for (let i = 0; i < 10; i++) {
      await many()
      await count()
    }
    console.log(JSON.stringify([before, await count()]))`)) as [Count, Count]
    expect(after.files).toBe(before.files)
    expect(after.megabytes - before.megabytes).toBeLessThan(100) // 200 MB were put
  },
  patience
)

test.runIf(isLinux)(
  'a ref of a large result keeps none of the other refs in memory',
  async () => {
    const [before, after] = (await inChild(`
    const db = createDB()
    const refs = await db.putMany(Array.from({ length: 200_000 }, (_, data) => ({ data })))
    const tip = refs.at(-1)
    refs.length = 0
    const heap = async () => {
      await count()
      return process.memoryUsage().heapUsed / 1e6
    }
    const kept = []
    const before = await heap()
    const keepSome = async () => {
      const answer = await db.refDifference(null, tip)
      for (let at = 0; at < answer.length; at += 20_000) kept.push(answer[at])
    }
    for (let i = 0; i < 5; i++) await keepSome()
    console.log(JSON.stringify([before, await heap()]))`)) as [number, number]
    // The five answers weigh 88 MB, the 50 refs that are kept 4 KB.
    expect(after - before).toBeLessThan(5)
  },
  patience
)

test.runIf(isLinux).each(['pull', 'pull, left half way', 'push'])(
  'a %s of many revisions holds nothing once it has ended, before garbage is collected',
  async (what) => {
    const [before, after] = (await inChild(`
    const { createHandler } = await import(${JSON.stringify(dist.replace('index', 'http-entry'))})
    const db = createDB()
    const refs = await db.putMany(Array.from({ length: 70_000 }, (_, data) => ({ data })))
    const tip = Buffer.from('00' + refs.at(-1), 'hex')
    const handle = createHandler(db, { authorize: () => true })
    const ask = async (path, body) => {
      const headers = { 'histo-revisions': '1' }
      const answer = await handle(new Request('http://x/' + path, { method: 'POST', headers, body }))
      if (answer.status !== 200) throw new Error(path + ': ' + answer.status)
      return answer
    }
    const stream = new Uint8Array(await (await ask('pull', tip)).arrayBuffer())
    const once = {
      push: async () => await (await ask('push?remote=other', stream)).text(),
      pull: async () => {
        for await (const bytes of (await ask('pull', tip)).body) bytes.fill(0)
      },
      'pull, left half way': async () => {
        let read = 0
        for await (const bytes of (await ask('pull', tip)).body) {
          read += bytes.length
          if (read > stream.length / 2) break
        }
      }
    }[${JSON.stringify(what)}]
    for (let i = 0; i < 5; i++) await once()
    const { megabytes } = await count()
    for (let i = 0; i < 30; i++) await once()
    console.log(JSON.stringify([megabytes, process.memoryUsage.rss() / 1e6]))`)) as [number, number]
    expect(after - before).toBeLessThan(60)
  },
  patience
)
