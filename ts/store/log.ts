/**
 * The log of the heads over users' stores: written by `compareAndSwapMany` with the move, read by `readLog`.
 *
 * If the branch store lacks one of these, nothing is logged.
 */

import { HistoError, headConflict } from '../base/errors.js'
import { headKey } from '../base/keys.js'
import type { LogAction, LogEntry } from '../base/options.js'
import type { Ref } from '../base/types.js'
import type { LogPart, LogQuestion, MovedBy, Travel } from '../engine.js'
import type { NewLogEntry } from './interfaces.js'
import type { StoredHeads } from './stored-heads.js'
import type { StoredRevisions } from './stored-revisions.js'
import { Journey } from './travel.js'

/** Entries read at a time. */
const page = 256
/** Most times that the log is read for one undo, if others move the head back to where it was. */
const travelTries = 16

/** The name of a move in the log. */
export interface Cause extends Omit<MovedBy, 'action'> {
  readonly action: LogAction
  /** For an undo or redo. */
  readonly steps?: number
}

/** The entry of a move of a branch's head; none if it stays. */
export function entriesOf(
  branch: string,
  from: Ref | null,
  to: Ref | null,
  { action, remote, steps = 1 }: Cause
): NewLogEntry[] {
  const isTravel = action === 'undo' || action === 'redo'
  if (from === to && !isTravel) return []
  const more = { ...(steps > 1 ? { steps } : {}), ...(remote === undefined ? {} : { remote }) }
  return [{ time: new Date().toISOString(), branch, from, to, action, ...more }]
}

/** The error for stores that keep no log. */
export function cannotLog(): HistoError {
  const message =
    'log, undo and redo need compareAndSwapMany and readLog of the branch store, which it does not have'
  return new HistoError('HISTO_STORE', message)
}

/** A part of the requested moves. */
export async function storedLogPart(heads: StoredHeads, question: LogQuestion): Promise<LogPart> {
  if (!heads.canLog) throw cannotLog()
  const entries = await heads.readLog(question)
  const isLast = entries.length < question.limit
  return { entries, next: isLast ? undefined : entries.at(-1)?.id }
}

/**
 * Does an undo or redo. It starts from the head at the beginning: if another process moves that meanwhile,
 * nothing is moved. If it was moved and moved back, the log is read again.
 *
 * @throws {HistoError} `HISTO_HEAD_CONFLICT`, `HISTO_NOT_FOUND`, `HISTO_SHALLOW` if the revision was pruned
 */
export async function travelStored(
  stores: Stores,
  branch: string,
  travel: Travel
): Promise<Ref | null> {
  const { heads } = stores
  const { way, steps, previousHead, signal } = travel
  const key = headKey(branch)
  const head = await heads.readSettled(key, signal)
  if (previousHead !== undefined && head !== previousHead)
    throw headConflict(branch, head, previousHead)
  for (let tries = 1; ; tries += 1) {
    const { target, latest } = await targetOf(stores, branch, head, travel)
    const entries = entriesOf(branch, head, target, { action: way, steps })
    const swap = { key, expected: head, value: target, latest }
    if (await heads.moveLogged(swap, entries, signal)) return target
    const now = await heads.readSettled(key, signal)
    if (now !== head || tries === travelTries) throw headConflict(branch, now, head)
  }
}

interface Stores {
  readonly heads: StoredHeads
  readonly revisions: StoredRevisions
}

/**
 * What a branch has to undo or redo, where that is less than asked for. Of a redo the log may have forgotten the move that
 * it ends with, but not later ones. Twin of `moves_left` in the core's errors.
 */
function movesLeft(way: Travel['way'], found: number, asked: number): string {
  if (found === 0) return `nothing to ${way}`
  if (found >= asked) return `forgotten the move that a ${way} of ${asked} ends with`
  return `only ${found} ${found === 1 ? 'move' : 'moves'} to ${way}, not ${asked}`
}

/** Where an undo or redo leads from `head`, and the id of the branch's newest entry. */
async function targetOf(
  { heads, revisions }: Stores,
  branch: string,
  head: Ref | null,
  { way, steps, signal }: Travel
): Promise<{ readonly target: Ref | null; readonly latest: string | null }> {
  const journey = new Journey(way, steps, head)
  let latest: string | null = null
  for await (const entry of back(heads, branch, signal)) {
    latest ??= entry.id
    if (!journey.take(entry)) break
  }
  const { target } = journey
  if (target === undefined) {
    const now = await heads.readSettled(headKey(branch), signal)
    if (now !== head) throw headConflict(branch, now, head) // the log may have been read after a later move
    const has = movesLeft(way, journey.found, steps)
    throw new HistoError('HISTO_NOT_FOUND', `the branch '${branch}' has ${has}`, { key: branch })
  }
  if (target !== null && (await revisions.has([target], signal))[0] !== true) {
    throw new HistoError('HISTO_SHALLOW', `revision ${target} was deleted (by prune)`, {
      ref: target
    })
  }
  return { target, latest }
}

/** The moves of a branch, newest first. */
async function* back(
  heads: StoredHeads,
  branch: string | undefined,
  signal: AbortSignal | undefined
): AsyncGenerator<LogEntry, undefined, undefined> {
  for (let before: string | undefined; ; ) {
    const entries = await heads.readLog({ branch, before, limit: page }, signal)
    yield* entries
    before = entries.at(-1)?.id
    if (entries.length < page) return
  }
}

/** The revisions that entries after a time name, and that a prune keeps. */
export async function loggedSince(heads: StoredHeads, since: number): Promise<Set<Ref>> {
  const named = new Set<Ref>()
  if (!heads.canLog) return named
  for await (const { time, from, to } of back(heads, undefined, undefined)) {
    if (Date.parse(time) <= since) break
    for (const ref of [from, to]) if (typeof ref === 'string') named.add(ref)
  }
  return named
}
