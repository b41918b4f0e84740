/**
 * Work through a middleman: replicas that are kept together by `live`, and one that pulls and pushes;
 * held to what must come of it, and to its pace.
 */

import { randomBytes } from 'node:crypto'
import { expect, vi } from 'vitest'
import { createSynchronizer, type DB } from '../../ts/index.js'
import { counted } from './middlemen.js'
import { createDB } from './servers.js'

const second = 1000

interface Words {
  readonly words: readonly string[]
}

const resolve = ({ ours, theirs }: { ours: Words; theirs: Words }): Words => ({
  words: [...new Set([...ours.words, ...theirs.words])].toSorted()
})

const add = (db: DB<Words>, word: string) =>
  db.update((data) => ({ words: [...(data?.words ?? []), word].toSorted() }))

/** Hardly compressible, so that what is sent has many bytes. */
const noise = (db: DB<Words>, count: number) =>
  db.putMany(
    Array.from({ length: count }, () => ({
      data: { words: Array.from({ length: 20 }, () => randomBytes(60).toString('base64')) }
    }))
  )

const pause = (milliseconds: number) => new Promise<void>((done) => setTimeout(done, milliseconds))

/** The result of a period of it. */
export interface Told {
  /** Milliseconds until a change was reported, the longest first. */
  readonly delays: readonly number[]
  /** Requests of one `live`, in a second. */
  readonly rate: number
}

/** Milliseconds until `of` reports `ref`. */
async function delayUntil(of: () => Promise<string | null>, ref: string): Promise<number> {
  const begun = performance.now()
  const options = { timeout: 40 * second, interval: 10 }
  await vi.waitFor(async () => expect(await of()).toBe(ref), options)
  return performance.now() - begun
}

/** Writes `turns` changes on both sides of the server, some far apart, and waits for each at the other end. */
export async function keptTogether(
  server: DB<Words>,
  url: string,
  turns: readonly number[]
): Promise<Told> {
  const [reader, writer] = [
    createDB<Words>({ name: 'reader' }),
    createDB<Words>({ name: 'writer' })
  ]
  const [reading, writing] = [counted<Words>(url), counted<Words>(url)]
  const stop = new AbortController()
  const { signal } = stop
  await noise(server, 100)
  await noise(writer, 100)
  const living = [
    createSynchronizer(reading.remote, reader).live({ signal }),
    createSynchronizer(writer, writing.remote).live({ signal })
  ]
  const begun = performance.now()
  const delays: number[] = []
  const work = async () => {
    for (const idle of turns) {
      await pause(idle)
      const [theirs, ours] = [await add(server, `s${idle}`), await add(writer, `w${idle}`)]
      delays.push(await delayUntil(() => reader.remoteHead('server'), theirs))
      delays.push(await delayUntil(() => server.remoteHead('writer'), ours))
    }
  }
  try {
    await Promise.race([work(), ...living.map(endless)])
  } finally {
    stop.abort()
    await Promise.all(living)
  }
  const took = (performance.now() - begun) / second
  expect(await reader.has(await refsOf(server))).not.toContain(false)
  const rate = Math.max(reading.asked.length, writing.asked.length) / took
  return { delays: delays.toSorted((one, other) => other - one), rate }
}

/** A promise that must not settle by itself. */
async function endless(living: Promise<void>): Promise<void> {
  await living
  throw new Error('live ended by itself')
}

const refsOf = async (db: DB<Words>) => db.refDifference(null, db.head() ?? '')

/** Two that write, pull and push by turns; all that was written is at the server in the end. */
export async function pulledAndPushed(server: DB<Words>, url: string): Promise<number> {
  const clients = ['anna', 'ben'].map((name) => createDB<Words>({ name }))
  const { remote, asked } = counted<Words>(url, { retries: 8 })
  const words: string[] = []
  for (let turn = 0; turn < 4; turn += 1) {
    for (const client of clients) {
      words.push(`${client.name}${turn}`)
      await add(client, `${client.name}${turn}`)
      await client.push(remote, { resolve })
      await client.pull(remote, { resolve })
    }
  }
  const data = await server.get()
  expect(data.words).toEqual(expect.arrayContaining(words))
  return asked.length
}
