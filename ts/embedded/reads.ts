/**
 * Reads from the native engine: parses texts, and reads long lists in slices with a turn
 * of the event loop in between.
 */

import { setImmediate as turn } from 'node:timers/promises'
import { isWrongWithKeys, parseMarked } from '../base/parse.js'
import type { Ref, Revision } from '../base/types.js'
import type { Awaitable, HistoryRange, HistoryStep, Holding } from '../engine.js'
import { type NativeDatabase, native } from '../native.js'
import { type Answer, headersOf, revisionsOf } from './rows.js'
import type { End, Walks } from './walks.js'

/** Most values that are read without a turn of the event loop. */
const slice = 2048
/** Revisions of a history that are read per call. */
const historyBatch = 256
/** Revisions of a history without data that are read per call. */
const headerBatch = 2048

/** Indexed by the addon's numbers for them. */
const holdings: readonly Holding[] = ['nothing', 'data', 'erased', 'tombstone']

if (isWrongWithKeys) native.markEscapedKeys(true)

/** An array as text, or several and the bytes that JSON cannot say. */
type ManyData = ReturnType<typeof native.getMany>

/** The data of one revision. */
export function one(db: NativeDatabase, ref: Ref): unknown {
  const value = native.get(db, ref)
  return typeof value === 'string' ? parseMarked(value) : value
}

/** Reads a part of a list; may return fewer than requested if they are large. */
type Reader<R> = (db: NativeDatabase, part: Ref[]) => R[]

export const data: Reader<unknown> = (db, part) => dataOf(native.getMany(db, part))
export const known: Reader<boolean> = (db, part) => native.has(db, part)
export const holding: Reader<Holding> = (db, part) =>
  native.dataOf(db, part).map((number) => holdings[number] ?? 'nothing')
export const cut: Reader<boolean> = (db, part) => native.wasCut(db, part)
export const revision: Reader<Revision<unknown>> = (db, part) =>
  revisionsOf(native.revisions(db, part))
export const header: Reader<HistoryStep> = (db, part) => headersOf(native.headers(db, part))

/** Reads something of each revision, in order; synchronous for few. */
export function all<R>(
  db: NativeDatabase,
  reader: Reader<R>,
  refs: readonly Ref[],
  signal: AbortSignal | undefined,
  walks: Walks
): Awaitable<R[]> {
  const read = (part: Ref[]) => reader(db, part)
  if (refs.length > slice) return readInSlices(refs, read, signal, walks)
  return walks.read(() => readFew(refs, read))
}

/** Refs that begin with `digits`, at most `most`, with a turn of the event loop for each part of the graph. */
export async function abbreviated(
  db: NativeDatabase,
  digits: string,
  most: number,
  signal: AbortSignal | undefined,
  walks: Walks
): Promise<Ref[]> {
  const found: Ref[] = []
  for (let from: number | undefined = 0; from !== undefined && found.length < most; ) {
    signal?.throwIfAborted()
    const start: number = from
    const part = await walks.read(() =>
      native.refsStartingWith(db, digits, start, most - found.length)
    )
    found.push(...part.refs)
    from = part.next
    if (from !== undefined) await turn()
  }
  return found
}

/** Revisions newest first, in batches; sees the graph as it is at the first one. */
export async function* history(
  db: NativeDatabase,
  { to, until, limit, withData }: HistoryRange,
  signal: AbortSignal | undefined,
  walks: Walks
): AsyncGenerator<HistoryStep[]> {
  const walk = await walks.read(() => native.history(db, [to].flat(), [...until]))
  const take = withData ? revisionsOf : headersOf
  try {
    for (let left = limit; left > 0; ) {
      signal?.throwIfAborted()
      const count = Math.min(left, withData ? historyBatch : headerBatch)
      const read = (end?: End) => native.nextOfHistory(db, walk, count, withData, end)
      const batch = await walks.ask<Answer, HistoryStep[]>(signal, read, take)
      if (batch.length === 0) return
      left -= batch.length
      yield batch
      if (left > 0) await turn()
    }
  } finally {
    native.endHistory(walk)
  }
}

function readFew<R>(refs: readonly Ref[], read: (part: Ref[]) => R[]): R[] {
  const all = refs.length === 0 ? [] : read(refs as Ref[])
  while (all.length < refs.length) all.push(...read(refs.slice(all.length)))
  return all
}

async function readInSlices<R>(
  refs: readonly Ref[],
  read: (part: Ref[]) => R[],
  signal: AbortSignal | undefined,
  walks: Walks
): Promise<R[]> {
  const all: R[] = []
  const asked = [...refs]
  while (all.length < asked.length) {
    signal?.throwIfAborted()
    const part = asked.slice(all.length, all.length + slice)
    for (const row of await walks.read(() => read(part))) all.push(row)
    if (all.length < asked.length) await turn()
  }
  return all
}

function dataOf(many: ManyData): unknown[] {
  if (typeof many === 'string') return parseMarked(many)
  const { texts, places, bytes } = many
  const rows: unknown[] = parseMarked(texts[0] as string)
  for (let piece = 1; piece < texts.length; piece += 1) {
    for (const row of parseMarked(texts[piece] as string) as unknown[]) rows.push(row)
  }
  for (const [number, place] of places.entries()) rows[place] = bytes[number]
  return rows
}
