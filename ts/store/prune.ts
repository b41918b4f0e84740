/**
 * Pruning over user stores: one run lists what no head reaches, a later one deletes it.
 *
 * The times at which revisions were found are stored in the branch store under `unreached`. A revision is deleted
 * before its ancestors, so that an interruption leaves nothing dangling.
 */

import { HistoError } from '../base/errors.js'
import { allNames } from '../base/names.js'
import { parseJson } from '../base/parse.js'
import type { PruneResult } from '../base/reports.js'
import type { Ref } from '../base/types.js'
import type { Pruning, PruningRun } from '../engine.js'
import { found } from './found.js'
import { loggedSince } from './log.js'
import type { StoredHeads } from './stored-heads.js'
import type { StoredRevisions } from './stored-revisions.js'

/** The key in the branch store for the findings of an earlier prune. */
const marksKey = 'unreached'
/** Revisions read at a time. */
const batchSize = 1024
/** Deletions between two reports of progress. */
const progressEvery = 64

/** A revision that nothing reaches. */
interface Unreached {
  readonly ancestors: readonly Ref[]
  readonly bytes: number
}

type Marks = Record<Ref, number>

/** Deletes the revisions that may be deleted. Nothing else may use the stores meanwhile. */
export async function pruneStored(
  revisions: StoredRevisions,
  heads: StoredHeads,
  pruning: Pruning,
  { signal, onProgress, onFound }: PruningRun
): Promise<PruneResult> {
  expectNoHorizon(pruning)
  expectMethods(revisions, heads)
  onProgress({ phase: 'search', done: 0, total: 0, bytes: 0 })
  const tips = await tipsOf(revisions, heads, pruning.keep)
  const reached = await reach(revisions, tips, signal)
  const unreached = await readUnreached(revisions, reached, signal)
  const stored = await heads.readSettled(marksKey)
  const marks: Marks = parseMarks(stored, pruning.now)
  const logged = await loggedSince(heads, pruning.now - pruning.grace)
  const held = heldBack(unreached, marks, pruning, logged)
  const doomed = descendantsFirst(unreached, held)
  const total = doomed.length
  if (onFound !== undefined) for (const ref of doomed) onFound(ref)
  const sizes = doomed.map((ref) => unreached.get(ref)?.bytes ?? 0)
  if (pruning.dryRun) {
    return { deleted: total, waiting: held.size, bytes: sizes.reduce((sum, size) => sum + size, 0) }
  }
  const kept = Object.fromEntries([...held].map((ref) => [ref, marks[ref] ?? pruning.now]))
  const before = { ...Object.fromEntries(doomed.map((ref) => [ref, marks[ref] ?? 0])), ...kept }
  const during = await writeMarks(heads, stored, before)
  await heads.forgetLog(pruning.now - pruning.grace + 1)
  let bytes = 0
  for (const [done, ref] of doomed.entries()) {
    signal?.throwIfAborted()
    await revisions.remove(ref)
    bytes += sizes[done] ?? 0
    if ((done + 1) % progressEvery === 0) onProgress({ phase: 'delete', done, total, bytes })
  }
  await writeMarks(heads, during, kept)
  if (total > 0) onProgress({ phase: 'delete', done: total, total, bytes })
  return { deleted: total, waiting: held.size, bytes }
}

/** A store that holds only texts cannot tell a history that was cut away from a damaged one. */
function expectNoHorizon({ before, depth }: Pruning): void {
  if (before === undefined && depth === undefined) return
  const message =
    'cannot cut history away at a horizon: only embedded databases remember where they end'
  throw new HistoError('HISTO_STORE', message)
}

function expectMethods(revisions: StoredRevisions, heads: StoredHeads): void {
  const lacking = [
    ...revisions.lacksForPruning.map((method) => `revisionStore.${method}`),
    ...(heads.canList ? [] : ['branchStore.keys'])
  ]
  if (lacking.length === 0) return
  const message = `cannot prune: the stores lack ${lacking.join(' and ')}`
  throw new HistoError('HISTO_STORE', message)
}

async function tipsOf(
  revisions: StoredRevisions,
  heads: StoredHeads,
  keep: readonly Ref[]
): Promise<Ref[]> {
  const known = await revisions.has(keep)
  for (const [place, ref] of keep.entries()) if (known[place] !== true) found(ref, undefined)
  const branches = await heads.list('heads/', allNames)
  const remotes = await heads.list('remotes/', allNames)
  return [...branches.map(({ ref }) => ref), ...remotes.map(({ ref }) => ref), ...keep]
}

async function reach(
  revisions: StoredRevisions,
  tips: readonly Ref[],
  signal: AbortSignal | undefined
): Promise<Set<Ref>> {
  const reached = new Set(tips)
  const waiting = [...reached]
  while (waiting.length > 0) {
    signal?.throwIfAborted()
    const batch = waiting.splice(-batchSize)
    const read = await revisions.getMany(batch, signal)
    for (const [place, ref] of batch.entries()) {
      // A missing revision may hide further ones below it: then nothing is deleted.
      for (const ancestor of found(ref, read[place]).ancestors) {
        if (reached.has(ancestor)) continue
        reached.add(ancestor)
        waiting.push(ancestor)
      }
    }
  }
  return reached
}

async function readUnreached(
  revisions: StoredRevisions,
  reached: ReadonlySet<Ref>,
  signal: AbortSignal | undefined
): Promise<Map<Ref, Unreached>> {
  const refs: Ref[] = []
  for await (const ref of revisions.keys()) {
    signal?.throwIfAborted()
    if (!reached.has(ref)) refs.push(ref)
  }
  const unreached = new Map<Ref, Unreached>()
  for (let at = 0; at < refs.length; at += batchSize) {
    const batch = refs.slice(at, at + batchSize)
    const read = await revisions.getMany(batch, signal)
    for (const [place, ref] of batch.entries()) {
      const parts = read[place]
      if (parts === undefined) continue
      unreached.set(ref, { ancestors: parts.ancestors, bytes: Buffer.byteLength(parts.data) })
    }
  }
  return unreached
}

/** Revisions found less than `grace` ago, or named by a log entry that is as recent, and their ancestors. */
function heldBack(
  unreached: ReadonlyMap<Ref, Unreached>,
  marks: Marks,
  { now, grace }: Pruning,
  logged: ReadonlySet<Ref>
): Set<Ref> {
  const isYoung = (ref: Ref) =>
    logged.has(ref) || !((marks[ref] ?? Number.POSITIVE_INFINITY) + grace <= now)
  const held = new Set([...unreached.keys()].filter(isYoung))
  const waiting = [...held]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const ancestor of unreached.get(next)?.ancestors ?? []) {
      if (held.has(ancestor) || !unreached.has(ancestor)) continue
      held.add(ancestor)
      waiting.push(ancestor)
    }
  }
  return held
}

/** The revisions that are not held back, each before its ancestors. */
function descendantsFirst(unreached: ReadonlyMap<Ref, Unreached>, held: ReadonlySet<Ref>): Ref[] {
  const children = new Map<Ref, number>()
  for (const ref of unreached.keys()) if (!held.has(ref)) children.set(ref, 0)
  const each = (ref: Ref, tell: (ancestor: Ref, count: number) => void) => {
    for (const ancestor of unreached.get(ref)?.ancestors ?? []) {
      const count = children.get(ancestor)
      if (count !== undefined) tell(ancestor, count)
    }
  }
  for (const ref of children.keys()) {
    each(ref, (ancestor, count) => children.set(ancestor, count + 1))
  }
  const order = [...children.keys()].filter((ref) => children.get(ref) === 0)
  for (let at = 0; at < order.length; at += 1) {
    each(order[at] ?? '', (ancestor, count) => {
      children.set(ancestor, count - 1)
      if (count === 1) order.push(ancestor)
    })
  }
  return order
}

/**
 * Parses the findings of an earlier prune; malformed ones are ignored and found again. A time in the future, from
 * a clock that was ahead, counts as now.
 */
function parseMarks(text: string | null, now: number): Marks {
  const marks = Object.create(null) as Marks
  try {
    for (const [ref, time] of Object.entries(parseJson(text ?? '{}') as object)) {
      if (typeof time === 'number') marks[ref] = Math.min(time, now)
    }
  } catch {
    // It is not JSON.
  }
  return marks
}

async function writeMarks(
  heads: StoredHeads,
  before: string | null,
  marks: Marks
): Promise<string | null> {
  const text = Object.keys(marks).length === 0 ? null : JSON.stringify(marks)
  if (text === before) return text
  if (text === null) {
    await heads.remove(marksKey, before)
    return text
  }
  if (await heads.move(marksKey, before, text)) return text
  throw new HistoError('HISTO_STORE', 'cannot prune: another process prunes the same stores')
}

/** The error of `erase`, since user stores keep texts that hold both data and ancestors. */
export function cannotErase(ref: Ref): HistoError {
  const message = `cannot erase ${ref}: a store of your own keeps data and ancestors as one text`
  return new HistoError('HISTO_STORE', message, { ref })
}

/** The error of `compact`, since the files of a user store are not ours. */
export function cannotCompact(): HistoError {
  return new HistoError(
    'HISTO_STORE',
    'cannot compact: a store of your own manages its space itself'
  )
}
