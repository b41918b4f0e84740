/**
 * The batch of writes that one tick hands over, as one flat array: twin of `crates/node/src/writes/batch.rs`.
 *
 * Each write is a number, the expected head if there is one, and its operands. Holds only the layout.
 */

import type { HeldText } from '../base/json-rules.js'
import type { Ref } from '../base/types.js'
import {
  type Arrival,
  type Draft,
  type DraftRun,
  type HeadMove,
  type HeadOperation,
  isChained,
  type MovedBy,
  type Payload,
  type Pruning,
  type RemoteHead,
  type RemoteMove,
  type Travel
} from '../engine.js'
import type { native } from '../native.js'

const put = 0
const putMany = 1
const setHead = 2
const deleteBranch = 3
const setRemoteHead = 4
const deleteRemote = 5
const arrivals = 6
const batched = 7
const finish = 8
const part = 9
const dropPart = 10
const deed = 11
const travel = 12
const cause = 13
const frame = 14
const finishFrames = 15
/** The number behind `deed`. */
const erase = 0
const prune = 1
const sweep = 2
const compact = 3
const followsBit = 1 << 4
const leadsBit = 1 << 5
const previousBit = 1 << 6
const moveHeadBit = 1 << 7
const ancestorsBit = 1
/** The data is no string: bytes, or a text that the addon holds. */
const bytesBit = 2
const claimedBit = 4
const metaBit = 8
const lastBit = 1 << 8
const remotesBit = 1 << 9
const forwardBit = 1 << 8
/** The numbers of the names that the log has for moves. */
const causes = { merge: 2, 'fast-forward': 3, delete: 6 } as const
const itemShift = 8
const branchShift = 12
/** The bit of a count of items that says that the array of their data follows, as one text. */
const arrayBit = 0x8000_0000

/** Texts of more UTF-16 units are not joined, since another copy of them would cost more than reading them singly. */
const joinedUnits = 1024
/** Most drafts of a part of a `putMany`. */
export const partSize = 128

/** The calls by the numbers of their writes. */
const calls: Readonly<Record<number, string>> = {
  [put]: 'put',
  [putMany]: 'putMany',
  [part]: 'putMany',
  [dropPart]: 'putMany',
  [setHead]: 'setHead',
  [deleteBranch]: 'deleteBranch',
  [batched]: 'batch',
  [setRemoteHead]: 'setRemoteHead',
  [deleteRemote]: 'deleteRemote'
}
const deeds: Readonly<Record<number, string>> = {
  [erase]: 'erase',
  [prune]: 'prune',
  [sweep]: 'prune',
  [compact]: 'compact'
}
/** The place of `dryRun` behind `deed`. */
const dryRunAt = 4

/** The addon's buffer of revisions that wait for ancestors. */
type NativeReorderBuffer = ReturnType<typeof native.reorderBuffer>

/** The addon's state of a received binary stream, and a batch of one. */
type NativeTaking = ReturnType<typeof native.wireTaking>
type NativeFrame = Parameters<typeof native.openWire>[1]

/** The place of a write in the chain of its branch. */
interface Link {
  /** The number of the branch. */
  readonly branch: number
  /** Whether a put or `setHead` of the branch is pending. */
  readonly follows: boolean
}

type Batch = unknown[]

/** The call to which the only write of a batch belongs; `undefined` if it changes nothing, like a dry run. */
export function writingCall(batch: readonly unknown[]): string | undefined {
  if (batch[0] === cause) return batch[1] === causes.merge ? 'merge' : 'setHead'
  const [first, what, ...rest] = batch
  const number = Number(first) & 15
  if (number === travel) return (Number(first) & forwardBit) === 0 ? 'undo' : 'redo'
  if (number !== deed) return calls[number] ?? 'writeStream'
  const isDry = what === prune && rest[dryRunAt - 2] === true
  return isDry ? undefined : deeds[Number(what)]
}

/** Sets the name that the log gives the write that is added next. */
function addCause(batch: Batch, by: MovedBy | undefined): void {
  if (by !== undefined) batch.push(cause, causes[by.action], by.remote ?? null)
}

/** Adds a put. */
export function addPut(
  batch: Batch,
  link: Link,
  draft: Draft | Draft<HeldText>,
  move: HeadMove
): void {
  addCause(batch, move.by)
  batch.push(linked(put, link, move) | (itemBits(draft) << itemShift))
  addPrevious(batch, move.previousHead)
  addItem(batch, draft)
}

/** Adds the end of a `putMany`; `number` is that of the parts handed over before, or 0 for none. */
export function addPutMany(
  batch: Batch,
  link: Link,
  number: number,
  drafts: readonly Draft[] | DraftRun,
  move: HeadMove
): void {
  batch.push(linked(putMany, link, move))
  addPrevious(batch, move.previousHead)
  batch.push(number)
  addItems(batch, drafts)
}

/** Adds the first drafts of a `putMany` whose end follows under the same number; small texts are joined into one. */
export function addPart(batch: Batch, number: number, drafts: readonly Draft[] | DraftRun): void {
  batch.push(part, number)
  addItems(batch, isRun(drafts) ? drafts : (joined(drafts) ?? drafts))
}

/** Tells a run from a draft, and from drafts. */
export function isRun(drafts: Draft | readonly Draft[] | DraftRun): drafts is DraftRun {
  return 'array' in drafts
}

/** Drops the parts under a number. */
export function addDropPart(batch: Batch, number: number): void {
  batch.push(dropPart, number)
}

/** Adds a `setHead`. */
export function addSetHead(
  batch: Batch,
  link: Link,
  ref: Ref,
  previous: Ref | null | undefined,
  by: MovedBy | undefined
): void {
  addCause(batch, by)
  const isAttempt = by !== undefined
  batch.push(linked(setHead, link, { previousHead: previous, moveHead: true, isAttempt }))
  addPrevious(batch, previous)
  batch.push(ref)
}

/** Adds an `undo` or `redo`. */
export function addTravel(batch: Batch, link: Link, { way, steps, previousHead }: Travel): void {
  const forward = way === 'redo' ? forwardBit : 0
  batch.push((linked(travel, link, { previousHead, moveHead: true }) | forward) >>> 0)
  addPrevious(batch, previousHead)
  batch.push(steps)
}

/** Adds a `deleteBranch`. */
export function addDeleteBranch(
  batch: Batch,
  branch: number,
  previous: Ref | null | undefined,
  by: MovedBy | undefined
): void {
  addCause(batch, by)
  const previousGiven = previous === undefined ? 0 : previousBit
  batch.push((deleteBranch | previousGiven | (branch << branchShift)) >>> 0)
  addPrevious(batch, previous)
}

/** Adds a `batch`; `links`: the link of each operation. */
export function addBatch(
  batch: Batch,
  links: readonly Link[],
  operations: readonly HeadOperation[]
): void {
  batch.push(batched, operations.length)
  for (const [place, operation] of operations.entries()) {
    const { previousHead } = operation
    const link = links[place] as Link
    if (operation.type === 'put') {
      addPut(batch, link, operation.draft, { previousHead, moveHead: true })
    } else if (operation.type === 'setHead')
      addSetHead(batch, link, operation.ref, previousHead, undefined)
    else addDeleteBranch(batch, link.branch, previousHead, undefined)
  }
}

/** Adds a `setRemoteHead`. */
export function addSetRemoteHead(batch: Batch, name: string, ref: Ref): void {
  batch.push(setRemoteHead, name, ref)
}

/** Adds a `deleteRemote`. */
export function addDeleteRemote(batch: Batch, name: string): void {
  batch.push(deleteRemote, name)
}

/** Adds remote heads that are set and deleted together. */
export function addSetRemoteHeads(batch: Batch, moves: readonly RemoteMove[]): void {
  batch.push(batched, moves.length)
  for (const { name, ref } of moves) {
    if (ref === null) addDeleteRemote(batch, name)
    else addSetRemoteHead(batch, name, ref)
  }
}

/** Adds revisions of a stream. */
export function addArrivals(
  batch: Batch,
  reorderBuffer: NativeReorderBuffer,
  items: readonly Arrival[]
): void {
  batch.push(arrivals, reorderBuffer, items.length)
  for (const item of items) {
    const { ref } = item
    const claimed = ref === undefined ? 0 : claimedBit
    batch.push(itemBits(item) | claimed)
    addItem(batch, item)
    if (ref !== undefined) batch.push(ref)
  }
}

/** Adds a batch of a binary stream of revisions. */
export function addFrame(batch: Batch, taking: NativeTaking, content: NativeFrame): void {
  batch.push(frame, taking, content)
}

/** Adds the end of a binary stream of revisions: its last batch, and remote heads that go with it. */
export function addFinishFrames(
  batch: Batch,
  taking: NativeTaking,
  last: NativeFrame | undefined,
  remotes: readonly RemoteHead[]
): void {
  const given = (last === undefined ? 0 : lastBit) | (remotes.length === 0 ? 0 : remotesBit)
  batch.push(finishFrames | given, taking)
  if (last !== undefined) batch.push(last)
  if (remotes.length > 0) batch.push(remotes.length)
  for (const { name, ref } of remotes) batch.push(name, ref)
}

/** Adds the end of a stream. */
export function addFinish(batch: Batch, reorderBuffer: NativeReorderBuffer): void {
  batch.push(finish, reorderBuffer)
}

/** Adds an `erase`; `meta`: whether to erase the metas too. */
export function addErase(batch: Batch, refs: readonly Ref[], meta: boolean): void {
  batch.push(deed, erase, [...refs], meta)
}

/** Adds a search for what can be deleted; `names`: whether to report the refs. */
export function addPrune(batch: Batch, pruning: Pruning, names: boolean): void {
  const { now, grace, dryRun, force, depth, keep, before } = pruning
  batch.push(deed, prune, now, grace, dryRun, names, force, depth ?? null, [...keep])
  batch.push(before === undefined ? null : [...before])
}

/** Adds a step of freeing space, which starts where the previous one ended. */
export function addSweep(batch: Batch, start: number): void {
  batch.push(deed, sweep, start)
}

/** Adds a `compact`. */
export function addCompact(batch: Batch): void {
  batch.push(deed, compact)
}

function linked(kind: number, { branch, follows }: Link, move: HeadMove): number {
  const chained = isChained(move) ? (follows ? followsBit : 0) | leadsBit : 0
  const moves = move.moveHead ? moveHeadBit : 0
  const previous = move.previousHead === undefined ? 0 : previousBit
  return (kind | chained | moves | previous | (branch << branchShift)) >>> 0
}

function addPrevious(batch: Batch, previous: Ref | null | undefined): void {
  if (previous !== undefined) batch.push(previous)
}

function addItems(batch: Batch, drafts: readonly Draft[] | DraftRun): void {
  if (isRun(drafts)) {
    batch.push((drafts.count | arrayBit) >>> 0, drafts.array)
    return
  }
  batch.push(drafts.length)
  for (const draft of drafts) {
    batch.push(itemBits(draft))
    addItem(batch, draft)
  }
}

/** Joins drafts to a run, which is faster to read than single strings; `undefined` if not all are only small texts. */
function joined(drafts: readonly Draft[]): DraftRun | undefined {
  const texts: string[] = []
  for (const { payload, ancestors, meta } of drafts) {
    if (typeof payload !== 'string' || payload.length > joinedUnits) return undefined
    if (ancestors !== undefined || meta !== undefined) return undefined
    texts.push(payload)
  }
  return { array: `[${texts.join()}]`, count: texts.length }
}

function addItem(batch: Batch, { payload, ancestors, meta }: Draft | Draft<HeldText>): void {
  batch.push(payload)
  if (ancestors !== undefined) batch.push([...ancestors])
  if (meta !== undefined) batch.push(meta)
}

function itemBits({ payload, ancestors, meta }: Draft | Draft<HeldText>): number {
  const given = (ancestors === undefined ? 0 : ancestorsBit) | (meta === undefined ? 0 : metaBit)
  return given | bytesOf(payload)
}

function bytesOf(payload: Payload | HeldText): number {
  return typeof payload === 'string' ? 0 : bytesBit
}
