/**
 * The queries about data: a revision, a part of it, differences, merges, the history of a value.
 */

import type { Operation } from '../base/json.js'
import type { Meta, Ref } from '../base/types.js'
import { VirtualBases } from '../branch/virtual-base.js'
import { get } from '../json/get.js'
import { merge3 } from '../json/merge.js'
import { applyPatch } from '../json/patch.js'
import { codeOf, reasonOf } from './failures.js'
import { countOnly, mostApart } from './graph.js'
import { linesOf } from './line.js'
import type {
  Changes,
  Conflict,
  Difference,
  Differences,
  MergeShown,
  RevisionShown,
  Value,
  ValueChanged
} from './protocol.js'
import { isLarge, LargeData, readData, readPayload } from './read.js'
import { wrong } from './refusals.js'
import { shownValue } from './value.js'
import type { Room, Visit } from './visit.js'

/** Most differences, conflicts and changes of an answer. */
const [mostDifferences, mostConflicts, mostChanges] = [300, 100, 100]
/** Most characters of a message. */
const longestMessage = 65_536
/** Most seconds of a search for changes of a value. */
const longestWait = 30

/** `revision`. */
export async function revision(visit: Visit): Promise<RevisionShown> {
  const [ref] = await visit.refs('ref')
  const { handle } = visit.room
  const [header] = await handle.ask((engine) => engine.headers([ref]))
  const ancestors = header?.ancestors ?? []
  const claims = wholeClaims(header?.meta)
  try {
    const data = shownValue(await readData(handle, ref))
    return { ref, ancestors, ...claims, data, state: 'there' }
  } catch (error) {
    return { ref, ancestors, ...claims, data: { type: 'nothing' }, state: reasonOf(error) }
  }
}

function wholeClaims(meta: Meta = {}): Pick<RevisionShown, 'author' | 'time' | 'message' | 'meta'> {
  const { author, time, message, ...others } = meta
  const told: Record<string, string> = {}
  for (const [name, value] of Object.entries({ author, time, message })) {
    if (typeof value === 'string') told[name] = value.slice(0, longestMessage).toWellFormed()
    else if (value !== undefined) (others as Record<string, unknown>)[name] = value
  }
  return { ...told, meta: shownValue(others) }
}

/** `data`: the value at a place of a revision, its members from number `from` on. */
export async function data(visit: Visit): Promise<Value> {
  const [ref] = await visit.refs('ref')
  const from = visit.count('from', 0, Number.MAX_SAFE_INTEGER)
  const pointer = visit.pointer()
  try {
    return shownValue(get(await readData(visit.room.handle, ref), pointer), from)
  } catch (error) {
    throw error instanceof LargeData ? wrong(error.message) : error
  }
}

/** `difference`: without `from`, to nothing. */
export async function difference(visit: Visit): Promise<Differences> {
  const [to] = await visit.refs('to')
  const from = visit.text('from') === undefined ? null : (await visit.refs('from'))[0]
  const { db } = visit.room
  const read = await bothOf(visit.room, from, to)
  if (typeof read === 'string') return { differences: [], total: 0, reason: read }
  const operations = await db.diff(from, to, { signal: visit.signal })
  return { differences: told(read[0], operations), total: operations.length }
}

async function bothOf({ handle }: Room, from: Ref | null, to: Ref) {
  try {
    const before = from === null ? undefined : await readData(handle, from)
    const after = await readData(handle, to)
    const isBinary = before instanceof Uint8Array || after instanceof Uint8Array
    return isBinary ? 'binary' : ([before, after] as const)
  } catch (error) {
    return reasonOf(error)
  }
}

/** Each operation with the value that it found. */
function told(start: unknown, operations: readonly Operation[]): Difference[] {
  const differences: Difference[] = []
  let whole = start
  for (const operation of operations.slice(0, mostDifferences)) {
    const { op, path } = operation
    if (op === 'test' || op === 'copy') continue
    const isThere = op === 'remove' || op === 'replace'
    differences.push({
      op,
      path,
      ...(op === 'move' ? { from: operation.from } : {}),
      ...(isThere ? { before: shownValue(get(whole, path)) } : {}),
      ...('value' in operation ? { after: shownValue(operation.value) } : {})
    })
    whole = applyPatch(whole, [operation])
  }
  return differences
}

/** `merge`: of `ours` and `theirs`; with `result`, a revision that merged them, also its value at each place. */
export async function merge(visit: Visit): Promise<MergeShown> {
  const [ours, theirs] = await visit.refs('ours', 'theirs')
  const result = visit.text('result') === undefined ? undefined : (await visit.refs('result'))[0]
  const { db, handle } = visit.room
  const bases = await db.mergeBases(ours, theirs, { signal: visit.signal })
  const counts = {
    ours: await countOnly(visit, ours, theirs),
    theirs: await countOnly(visit, theirs, ours),
    most: mostApart
  }
  try {
    const conflicts = await conflictsOf(visit, bases, ours, theirs)
    const merged = result === undefined ? undefined : { data: await readData(handle, result) }
    const shown = conflicts.slice(0, mostConflicts).map((one) => conflictShown(one, merged))
    return { bases, ...counts, conflicts: shown, total: conflicts.length }
  } catch (error) {
    return { bases, ...counts, conflicts: [], total: 0, reason: reasonOf(error) }
  }
}

async function conflictsOf({ room, signal }: Visit, bases: Ref[], ours: Ref, theirs: Ref) {
  const { handle } = room
  const [left, right] = [await readData(handle, ours), await readData(handle, theirs)]
  for (const ref of bases) await readPayload(handle, ref) // throws if one is too large or erased
  const base = await new VirtualBases(handle, {}, signal).of(bases)
  return merge3(base, left, right).conflicts
}

function conflictShown(
  { path, kind, base, ours, theirs }: ReturnType<typeof merge3>['conflicts'][number],
  merged: { readonly data: unknown } | undefined
): Conflict {
  const sides = { base: shownValue(base), ours: shownValue(ours), theirs: shownValue(theirs) }
  if (merged === undefined) return { path, kind, ...sides }
  return { path, kind, ...sides, result: shownValue(get(merged.data, path)) }
}

/** `changes`: of the value at a pointer, newest first, as many as are found in `wait` seconds. */
export async function changes(visit: Visit): Promise<Changes> {
  const [ref] = await visit.refs('ref')
  const { db, handle } = visit.room
  if (await isLarge(handle, ref))
    throw wrong('the data is too large for its history to be searched')
  const signal = AbortSignal.timeout(visit.count('wait', 3, longestWait) * 1000)
  const limit = visit.count('limit', mostChanges, mostChanges)
  const found: (ValueChanged & { meta?: Meta })[] = []
  let isDone = true
  try {
    const options = { limit: limit + 1, signal: AbortSignal.any([signal, visit.signal]) }
    for await (const { meta, before, after, ref: at } of db.changes(
      visit.pointer(),
      ref,
      options
    )) {
      const values = { before: shownValue(before), after: shownValue(after) }
      found.push({ ref: at, ...(meta === undefined ? {} : { meta }), ...values })
    }
  } catch (error) {
    if (!signal.aborted && codeOf(error) !== 'HISTO_SHALLOW') throw error
    isDone = false
  }
  const shown = found.slice(0, limit)
  const lines = await linesOf(handle, shown, 0)
  return {
    changes: lines.map((line, at) => ({ ...line, ...valuesOf(shown[at]) })),
    isDone: isDone && found.length <= limit
  }
}

function valuesOf(change: ValueChanged | undefined): Pick<ValueChanged, 'before' | 'after'> {
  const { before = { type: 'nothing' }, after = { type: 'nothing' } } = change ?? {}
  return { before, after }
}
