/**
 * Random operations over all members of a database for some time, checked against the plain engine (`soak/`), with
 * reopening, processes that are killed, copies, replicas and peers; nothing may be left behind.
 *
 * 15 s, an hour with `HISTO_LONG=1`; `HISTO_SEED` has the same operations again. Checked to fail without
 * the protection: with an episode's database left open the files grow, with a listener of `exit`
 * kept for each the listeners do, with an interval the handles, with 5 MB kept of each the memory. It found
 * that a write which fails had left a trace (`Group::apply` in `crates/core/src/write/group.rs`), and that
 * what stands on an erased revision could not be rescued (`crates/core/src/store/raw/deaths.rs`).
 */

import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createDB, type DB } from '../../ts/index.js'
import { collect } from '../support/open.js'
import { folder, isLong } from './children.js'
import { episode, length } from './soak/episode.js'
import { type Left, left, median } from './soak/left.js'

const duration = isLong ? 3_600_000 : 15_000
const seed = Number(process.env['HISTO_SEED'] ?? Date.now() % 1_000_000)
/** Threads of long walks end by themselves after some time without work. */
const walkers = 4

/** Reads so often that a reader's slot which is not given back is missed: a file has 1,024. */
async function readAgain(lasting: DB<number>): Promise<void> {
  const ref = await lasting.put(Math.random())
  for (let n = 0; n < 100; n += 1) await lasting.getMany([ref, ref])
  await collect(lasting.history(ref, { limit: 3 }))
  const stop = new AbortController()
  const watching = lasting.watch({ signal: stop.signal }).next()
  stop.abort()
  await watching.catch(() => undefined)
}

/** Holds what is left after each episode to what was left after the first ones. */
function expectFlat(seen: readonly Left[]): number {
  const warm = seen.slice(Math.floor(seen.length / 3))
  const [first] = warm
  for (const { files, threads, listeners, handles } of warm) {
    expect([files, listeners, handles]).toEqual([first?.files, first?.listeners, first?.handles])
    expect(threads).toBeLessThanOrEqual((first?.threads ?? 0) + walkers)
  }
  const half = Math.floor(warm.length / 2)
  const megabytes = warm.map((each) => each.megabytes)
  return median(megabytes.slice(half)) - median(megabytes.slice(0, half))
}

test(`random operations for some time leave nothing behind (seed ${seed})`, {
  timeout: duration + 120_000
}, async () => {
  const root = folder()
  const lasting = await createDB<number>({ path: join(root, 'lasting') }).ready()
  const seen: Left[] = []
  const end = Date.now() + duration
  let kills = 0
  for (let number = 0; Date.now() < end || seen.length < 8; number += 1) {
    kills += await episode(join(root, String(number)), seed + number)
    await readAgain(lasting)
    seen.push(await left())
  }
  await lasting.close()
  const growth = expectFlat(seen)
  process.stderr.write(
    `${seen.length} episodes of ${length} operations and more, ${kills} kills, ` +
      `${growth.toFixed(1)} MB more in the second half; at the end ${JSON.stringify(seen.at(-1))}\n`
  )
  expect(growth).toBeLessThan(30)
})
