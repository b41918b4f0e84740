/**
 * The exchange between any source and any target: first the refs that the target lacks, then their revisions as one
 * stream, ancestors first.
 */

import { HistoError, hasCode } from '../base/errors.js'
import { askForeign, hasMethod, isMissing } from '../base/foreign.js'
import type { StreamItem } from '../base/options.js'
import { abortable } from '../base/signal.js'
import type { SyncProgress } from '../base/sync-options.js'
import { tombstoneRefused } from '../base/tombstones.js'
import type { Ref } from '../base/types.js'
import { type Incoming, incoming } from '../branch/incoming.js'
import { payloadBytes } from '../branch/payload.js'
import { feedOf } from '../branch/source.js'
import type { Tips } from '../engine.js'
import { discover } from './discovery.js'
import type { Run, Sent, Source, Target } from './exchange.js'
import { untouchedHandle } from './local.js'

/** A head of the source, and the target's remote head of it. */
export interface HeadPair {
  readonly known: Ref | null
  readonly head: Ref
}

type From = Ref | readonly Ref[] | null

/** Refs in one call of `has`. */
const lookupBatch = 8192

/** Revisions between two reports of progress. */
const reportEvery = 256

/** Most heads from which the difference of a branch starts if the target has nothing of that branch. */
const mostNeighbours = 32

/** Sends the part of the histories of `heads`, at least one, that `target` lacks. */
export async function transfer<T>(
  source: Source<T>,
  target: Target<T>,
  heads: readonly HeadPair[],
  run: Run
): Promise<Sent> {
  const { signal } = run
  const common = await abortable(signal, () => commonOf(source, target, heads, signal))
  const inOrder = await abortable(signal, () => ancestorsFirst(source, common.from, heads, signal))
  const refs = common.isExact ? inOrder : await withoutKnown(target, inOrder, run)
  if (common.isExact) run.onProgress(found(refs.length))
  if (refs.length === 0) return { revisions: 0, bytes: 0 }
  if (run.refusesTombstones) await expectData(source, refs, signal)
  return send(source, target, refs, run)
}

/** @throws {HistoError} `HISTO_DENIED` if the source is a database and has some of `refs` without data */
async function expectData(
  source: object,
  refs: readonly Ref[],
  signal: AbortSignal | undefined
): Promise<void> {
  const ours = untouchedHandle(source)
  const holdings = (await ours?.engine.dataOf?.(refs, signal)) ?? []
  const first = holdings.findIndex((holding) => holding === 'erased' || holding === 'tombstone')
  if (first >= 0) throw tombstoneRefused(refs[first])
}

/** The start of the difference. */
interface Common {
  readonly from: From
  /** Whether the target is known to lack all of the difference. */
  readonly isExact: boolean
}

/**
 * Finds what both sides have: by set discovery if both have `has` and one is a database of this process, which knows
 * its graph; otherwise from the target's heads, or its remote head.
 */
async function commonOf(
  source: object,
  target: object,
  pairs: readonly HeadPair[],
  signal: AbortSignal | undefined
): Promise<Common> {
  const known = [...new Set(pairs.flatMap(({ known }) => known ?? []))]
  if (!hasMethod(source, 'has') || !hasMethod(target, 'has')) {
    return { from: orNull(known), isExact: false }
  }
  const options = { signal }
  const ours = untouchedHandle(source)
  if (ours !== undefined) {
    const ask = (refs: readonly Ref[]) => hasOf(target, refs)
    const { common } = await ours.ask((engine) => discover(engine, headsOf(pairs), ask, options))
    return { from: orNull(common), isExact: true }
  }
  const own = (await askForeign<Ref | null>(target, 'head')) ?? null
  const tips = [...new Set([...known, own])].filter((ref) => ref !== null)
  const ask = (refs: readonly Ref[]) => hasOf(source, refs)
  const theirs = untouchedHandle(target)
  if (theirs !== undefined) {
    const { common } = await theirs.ask((engine) => discover(engine, tips, ask, options))
    return { from: orNull(common), isExact: false }
  }
  const there = tips.length === 0 ? [] : await ask(tips)
  return { from: orNull(tips.filter((_ref, index) => there[index])), isExact: false }
}

/** Refs in the form for hand-written sources: a single ref by itself, none as `null`. */
function orNull(refs: readonly Ref[]): From {
  return refs.length < 2 ? (refs[0] ?? null) : refs
}

function headsOf(pairs: readonly HeadPair[]): Ref[] {
  return [...new Set(pairs.map(({ head }) => head))]
}

/** The refs to send: for several heads in one query to a database, otherwise head by head. */
async function ancestorsFirst(
  source: object,
  from: From,
  pairs: readonly HeadPair[],
  signal: AbortSignal | undefined
): Promise<readonly Ref[]> {
  const [first, ...others] = pairs
  if (first === undefined) return []
  if (others.length === 0) return (await difference(source, from, first.head)).toReversed()
  if (untouchedHandle(source) !== undefined) {
    return (await difference(source, from, headsOf(pairs))).toReversed()
  }
  const all = new Set<Ref>()
  const neighbours = [...new Set([from ?? []].flat())].slice(0, mostNeighbours)
  for (const { known, head } of pairs) {
    signal?.throwIfAborted()
    if (all.has(head)) continue
    const start = known ?? orNull(neighbours)
    for (const ref of (await difference(source, start, head)).toReversed()) all.add(ref)
    neighbours.push(head)
    if (neighbours.length > mostNeighbours) neighbours.shift()
  }
  return [...all]
}

/** The difference; asks again for everything if the source does not know what the target has. */
async function difference(source: object, from: From, heads: Tips): Promise<readonly Ref[]> {
  try {
    return await refDifference(source, from, heads)
  } catch (error) {
    if (from === null || !isUntellable(error)) throw error
    return refDifference(source, null, heads)
  }
}

/** Whether an error of a side says that a revision is not there, or was cut away. */
export function isUntellable(error: unknown): boolean {
  return hasCode(error, 'HISTO_SHALLOW') || isMissing(error)
}

/** The refs to send; more than the difference if the source is a database with history cut away. */
async function refDifference(source: object, from: From, heads: Tips): Promise<readonly Ref[]> {
  const ours = untouchedHandle(source)
  const known = from === null ? [] : [from].flat()
  if (ours?.engine.toSend !== undefined) {
    return await ours.ask((engine) => engine.toSend?.(known, heads, undefined) ?? [])
  }
  if (ours !== undefined && typeof heads !== 'string') {
    return await ours.ask((engine) => engine.refDifference(known, heads, undefined))
  }
  const head = typeof heads === 'string' ? heads : (heads[0] ?? '')
  const refs = await askForeign<readonly Ref[]>(source, 'refDifference', from, head)
  if (Array.isArray(refs) && refs.every((ref) => typeof ref === 'string')) return refs
  throw new HistoError('HISTO_PROTOCOL', 'refDifference returned no array of refs', { ref: head })
}

/** `refs` without those that the target has, if it has `has`. */
async function withoutKnown(
  target: object,
  refs: readonly Ref[],
  { signal, onProgress }: Run
): Promise<readonly Ref[]> {
  const total = refs.length
  if (!hasMethod(target, 'has')) {
    onProgress(found(total))
    return refs
  }
  const missing: Ref[] = []
  for (let at = 0; at < total; at += lookupBatch) {
    const slice = refs.slice(at, at + lookupBatch)
    const there = await abortable(signal, () => hasOf(target, slice))
    for (const [index, ref] of slice.entries()) if (!there[index]) missing.push(ref)
    onProgress({ phase: 'difference', done: at + slice.length, total, bytes: 0 })
  }
  return missing
}

/** Whether a side has each of `refs`; in a database of this process tombstones count too. */
export async function hasOf(side: object, refs: readonly Ref[]): Promise<readonly boolean[]> {
  const ours = untouchedHandle(side)
  const all: boolean[] = []
  for (let at = 0; at < refs.length; at += lookupBatch) {
    const slice = refs.slice(at, at + lookupBatch)
    const there = ours
      ? await ours.ask((engine) => engine.has(slice))
      : await askForeign<readonly boolean[]>(side, 'has', slice)
    if (!Array.isArray(there) || there.length !== slice.length) {
      throw new HistoError('HISTO_PROTOCOL', `has returned no array of ${slice.length} booleans`)
    }
    for (const isThere of there) all.push(Boolean(isThere))
  }
  return all
}

function found(total: number): SyncProgress {
  return { phase: 'difference', done: total, total, bytes: 0 }
}

/** Sends revisions as one stream; their ancestors must be at the target or come before them. */
export async function send<T>(
  source: Source<T>,
  target: Target<T>,
  refs: readonly Ref[],
  run: Run
): Promise<Sent> {
  const meter = new Meter(incoming(source.createStream(refs)), refs.length, run)
  const feed = feedOf<StreamItem<T>>(
    () => meter.next() as Promise<StreamItem<T> | undefined>,
    () => meter.cancel()
  )
  const write = () => askForeign<void>(target, 'writeStream', feed.source)
  try {
    await abortable(run.signal, write, () => feed.fail(run.signal?.reason))
  } catch (error) {
    feed.fail(error)
    throw error
  }
  return meter.result()
}

/** Counts what a source's stream brings, and keeps its error in case the target swallows it. */
class Meter {
  readonly #stream: Incoming
  readonly #total: number
  readonly #run: Run
  #revisions = 0
  #bytes = 0
  #failure: { readonly error: unknown } | undefined

  constructor(stream: Incoming, total: number, run: Run) {
    this.#stream = stream
    this.#total = total
    this.#run = run
    this.#report()
  }

  async next(): Promise<unknown> {
    try {
      const step = await this.#stream.read()
      if (step.done === true) return this.#end()
      this.#count(step.value)
      return step.value
    } catch (error) {
      this.#failure = { error }
      this.cancel()
      throw error
    }
  }

  cancel(): void {
    this.#stream.cancel()
  }

  result(): Sent {
    if (this.#failure !== undefined) throw this.#failure.error
    this.#report()
    return { revisions: this.#revisions, bytes: this.#bytes }
  }

  #count(item: unknown): void {
    this.#revisions += 1
    if (typeof item === 'object' && item !== null && 'data' in item) {
      this.#bytes += payloadBytes(item.data)
    }
    if (this.#revisions % reportEvery === 0) this.#report()
  }

  /** Refuses a stream that ends early, which would pass for a complete one. */
  #end(): undefined {
    if (this.#revisions >= this.#total) return undefined
    const message = `the source's stream ended after ${this.#revisions} of ${this.#total} revisions`
    throw new HistoError('HISTO_PROTOCOL', message, { retryable: true })
  }

  #report(): void {
    const [done, total, bytes] = [this.#revisions, this.#total, this.#bytes]
    this.#run.onProgress({ phase: 'revisions', done, total, bytes })
  }
}
