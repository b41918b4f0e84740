/**
 * `verify` and `backup` beside one who writes: on a medium that syncs slowly, after a writer was killed before
 * the end of its sync, where no moment is found, and on a medium that cannot be read. What is waited for 10 s is
 * waited for 1 s in the addon with failpoints; the long version waits 10 s.
 *
 * Checked to fail, in `crates/core/src/store`: where `snapshot.rs` asks for LMDB's newest meta page in place of what
 * readers are told, a third of the looks beside a writer end in HISTO_STORE, and each behind a killed one;
 * where a failed read counts as a page that does not hold together, `verify` tells of missing revisions. Without
 * `expect_progress` in `crates/node/src/questions/maintenance.rs` a look that finds no moment never ends. Where opening
 * counts its tries in place of seconds (`crates/core/src/store/raw/inspect/mod.rs`), the long version is refused after 2 s.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createDB, type DB } from '../../ts/index.js'
import { makeOfFormat } from '../support/file-formats.js'
import { possible } from '../support/skip.js'
import { failpoints, folder, isLong, type Started, start, startIn } from './children.js'
import { faultyLibrary, runFaulty } from './machine.js'

const preloads = possible(process.platform === 'linux', 'slow media: only Linux preloads a library')

function libraryOf(): string {
  const library = faultyLibrary()
  if (library === undefined) throw new Error('cc builds no library here')
  return library
}

/** Counts what a writer has acknowledged by now. */
function acknowledgedBy({ child }: Started): () => number {
  let text = ''
  child.stdout?.on('data', (more: string) => {
    text += more
  })
  return () => text.split('\n').length - 1
}

/** A process that has written at `path`, and stays between its next meta page and the sync of that. */
async function stayingWriter(path: string): Promise<Started> {
  const word = join(folder(), 'word')
  writeFileSync(word, '')
  const writer = startIn({ LD_PRELOAD: libraryOf(), HISTO_FAULTS: word }, 'append', path, '1')
  const acknowledged = acknowledgedBy(writer)
  while (acknowledged() < 5) await sleep(10)
  writeFileSync(word, 'stay')
  for (let before = -1; before !== acknowledged(); await sleep(300)) before = acknowledged()
  return writer
}

async function asked(db: DB): Promise<string | null> {
  return await new Promise((resolve, reject) => {
    db.head((error, ref) => (error === null ? resolve(ref ?? null) : reject(error)))
  })
}

test.runIf(preloads).each(['this process', 'other'])(
  'no look fails beside a writer in %s whose syncs take 5 ms',
  { timeout: 120_000 },
  (where) => {
    const path = join(folder(), 'db')
    const count = isLong ? '300' : '30'
    expect(runFaulty(libraryOf(), 'look-beside', path, where, count)).toEqual([])
  }
)

test.runIf(preloads)(
  'a writer that was killed before its meta page was synced hinders no look',
  { timeout: 60_000 },
  async () => {
    const path = join(folder(), 'db')
    await using db = await createDB({ path }).ready()
    await db.put('here before')
    const writer = await stayingWriter(path)
    expect(await db.verify()).toMatchObject({ ok: true })
    await db.backup(join(path, 'while it stays'))
    writer.child.kill('SIGKILL')
    expect((await writer.ended).signal).toBe('SIGKILL')
    expect(await db.verify()).toMatchObject({ ok: true })
    await db.backup(join(path, 'when it is dead'))
    for (const name of ['while it stays', 'when it is dead']) {
      await using copy = await createDB({ path: join(path, name) }).ready()
      expect(await copy.verify()).toMatchObject({ ok: true })
      expect((await copy.refDifference(null, copy.head() ?? '')).length).toBeGreaterThan(5)
    }
    await db.put('goes on')
    expect(await db.verify()).toMatchObject({ ok: true })
  }
)

test.runIf(preloads)(
  'opening does not wait for a process that is in a transaction',
  { timeout: 60_000 },
  async () => {
    const path = join(folder(), 'db')
    const made = await createDB({ path }).ready()
    await made.put('here before')
    await made.close()
    const writer = await stayingWriter(path)
    const opening = start('try-open', path)
    const late = sleep(10_000, undefined, { ref: false }).then(() => 'it waits')
    expect(await Promise.race([opening.ended, late])).toMatchObject({ stdout: '"opened"\n' })
    await using db = createDB({ path })
    expect((await db.refDifference(null, (await asked(db)) ?? '')).length).toBeGreaterThan(5)
    const waiting = db.put('waits for the other')
    writer.child.kill('SIGKILL')
    await waiting
    expect(await db.verify()).toMatchObject({ ok: true })
  }
)

test('no look fails while writers are killed again and again', { timeout: 120_000 }, async () => {
  const path = join(folder(), 'db')
  await using db = await createDB({ path }).ready()
  await db.put('here before')
  let looks = 0
  for (let kill = 0; kill < (isLong ? 100 : 8); kill += 1) {
    const writer = start('append', path, '4')
    const acknowledged = acknowledgedBy(writer)
    while (acknowledged() < 3) await sleep(5)
    await sleep((kill * 7) % 40)
    const looking = [db.verify(), db.backup(join(path, `during ${kill}`))] as const
    writer.child.kill('SIGKILL')
    expect(await looking[0]).toMatchObject({ ok: true })
    await looking[1]
    await writer.ended
    expect(await db.verify()).toMatchObject({ ok: true })
    await db.backup(join(path, `behind ${kill}`))
    looks += 4
  }
  expect(looks).toBeGreaterThan(30)
})

/** Seconds that are waited, and the addon that does. */
const deadlines: [number, Record<string, string>][] = [
  [1, { NAPI_RS_NATIVE_LIBRARY_PATH: failpoints }],
  ...(isLong ? [[10, {}] satisfies [number, object]] : [])
]

test.each(deadlines)(
  'a look that finds no moment without commits is HISTO_LOCKED after %i s, and not before',
  { timeout: 120_000 },
  async (seconds, variables) => {
    const path = join(folder(), 'db')
    const { stdout, stderr } = await startIn(variables, 'look-in-vain', path).ended
    expect(stderr).toBe('')
    const { verify, backup, aborted, behind } = JSON.parse(stdout)
    const places = [path, join(path, 'copy')]
    for (const [n, { how, milliseconds }] of [verify, backup].entries()) {
      expect(how).toEqual({ code: 'HISTO_LOCKED', at: places[n], retryable: true })
      expect(milliseconds).toBeGreaterThan(seconds * 990) // Node's clock may run behind the engine's
      expect(milliseconds).toBeLessThan(seconds * 1000 + 7000)
    }
    expect(aborted.how).toMatchObject({ code: 23 }) // a DOMException's TimeoutError
    expect(behind).toEqual([true, 'done'])
  }
)

/** The number of the last transaction that a meta page of `data` tells of. */
function transactionIn(data: string): bigint {
  const bytes = readFileSync(data)
  const [first, second] = [144, 4096 + 144].map((at) => bytes.readBigUInt64LE(at))
  return (first ?? 0n) > (second ?? 0n) ? (first ?? 0n) : (second ?? 0n)
}

test.runIf(preloads).each(deadlines)(
  'opening that must make a table while another process is in a transaction is HISTO_LOCKED after %i s',
  { timeout: 120_000 },
  async (seconds, variables) => {
    const path = join(folder(), 'db')
    makeOfFormat(path, 1)
    const [data, word] = [join(path, 'data.mdb'), join(folder(), 'word')]
    writeFileSync(word, 'stay')
    const before = transactionIn(data)
    const first = startIn({ LD_PRELOAD: libraryOf(), HISTO_FAULTS: word }, 'try-open', path)
    while (transactionIn(data) === before) await sleep(10)
    first.child.kill('SIGSTOP') // else it gives up, too, and leaves the transaction
    const begun = performance.now()
    const { stdout } = await startIn(variables, 'try-open', path).ended
    expect(JSON.parse(stdout)).toMatchObject({ code: 'HISTO_LOCKED', path, retryable: true })
    expect(performance.now() - begun).toBeGreaterThan(seconds * 990)
    expect(performance.now() - begun).toBeLessThan(seconds * 1000 + 7000)
    first.child.kill('SIGKILL')
    await first.ended
    expect(await startIn(variables, 'try-open', path).ended).toMatchObject({ stdout: '"opened"\n' })
  }
)

test.runIf(preloads).each(deadlines)(
  'opening while others commit between any two looks is HISTO_LOCKED after %i s',
  { timeout: 120_000 },
  async (seconds, variables) => {
    const path = join(folder(), 'db')
    const db = await createDB({ path }).ready()
    await db.put('here before')
    await db.close()
    const word = join(folder(), 'word')
    writeFileSync(word, 'moving')
    const preloaded = { ...variables, LD_PRELOAD: libraryOf(), HISTO_FAULTS: word }
    const begun = performance.now()
    const { stdout } = await startIn(preloaded, 'try-open', path).ended
    const message = expect.stringContaining('another process commits all the time')
    expect(JSON.parse(stdout)).toMatchObject({
      code: 'HISTO_LOCKED',
      path,
      retryable: true,
      message
    })
    expect(performance.now() - begun).toBeGreaterThan(seconds * 990)
    expect(performance.now() - begun).toBeLessThan(seconds * 1000 + 7000)
    writeFileSync(word, '')
    expect(await startIn(preloaded, 'try-open', path).ended).toMatchObject({ stdout: '"opened"\n' })
  }
)

test.runIf(preloads).each([
  ['the meta pages', 0],
  ['pages of a table', 40_000]
])(
  'where %s cannot be read it is HISTO_STORE, and fine once they can',
  { timeout: 60_000 },
  async (_what, offset) => {
    const path = join(folder(), 'db')
    const db = await createDB({ path, durability: 'relaxed' }).ready()
    await db.putMany(Array.from({ length: 3000 }, (_, n) => ({ data: `${n} `.repeat(40) })))
    await db.close()
    const eio = expect.stringMatching(/^HISTO_STORE: .*(os error 5|Input\/output error)/)
    expect(runFaulty(libraryOf(), 'fail-to-read', path, String(offset))).toEqual({
      failed: [eio, eio, eio],
      sound: [true, true]
    })
  }
)
