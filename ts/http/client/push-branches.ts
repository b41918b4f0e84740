/**
 * A synchronizer's run over many branches of a database of this process into a remote one, and the moves of the heads there.
 */

import { hasCode } from '../../base/errors.js'
import { mainBranch, nameArgument } from '../../base/names.js'
import { abortable } from '../../base/signal.js'
import type { Ref } from '../../base/types.js'
import type { Handle } from '../../branch/handle.js'
import type { HeadEntry } from '../../branch/hashed-heads.js'
import { branchTable, type HeadTable, partOf, remoteTable } from '../../branch/head-tables.js'
import type { BranchDeletion, HeadMoved } from '../../sync/delegate.js'
import type { ManyResult, ManyRun, Pruned } from '../../sync/exchange.js'
import { deletedFrom } from '../../sync/gone.js'
import { resultOf, withoutStaying } from '../../sync/many.js'
import { hasAnyBranch } from '../../sync/tables.js'
import type { HeadPair } from '../../sync/transfer.js'
import { fewBranches, sumText } from '../compare.js'
import { mostRefsAsked } from '../protocol.js'
import { BranchCalls, type BranchesAsked, type BranchesState } from './branch-calls.js'
import type { Calls } from './calls.js'
import { type Comparison, compareBranches, type KnownHere } from './compare-branches.js'
import { Push } from './push-over.js'
import { seenOver } from './seen-branches.js'
import { toSend } from './to-send.js'

/** Most refs that the server is assumed to have, for one difference. */
const mostKnown = 1 << 17

/** The branches of a push, and the server's state from the last run. */
export class BranchesPush {
  readonly #calls: Calls
  readonly #branches: BranchCalls
  readonly #handle: Handle
  readonly #run: ManyRun
  readonly #asked: BranchesAsked & { readonly remote: string }

  constructor(calls: Calls, handle: Handle, run: ManyRun) {
    const { remote, signal, branches } = run
    const name = nameArgument(remote ?? handle.engine.name, 'source.name or the option remote')
    this.#calls = calls
    this.#branches = new BranchCalls(calls)
    this.#handle = handle
    this.#run = run
    this.#asked = { prefix: branches.prefix, remote: name, signal }
  }

  /** Sends what the server lacks of the branches, and sets the remote heads there. */
  async run(told: (state: BranchesState) => void): Promise<ManyResult> {
    const { signal } = this.#run
    this.#run.onProgress({ phase: 'difference', done: 0, total: 0, bytes: 0 })
    return await this.#calls.retrying(signal, async (progressed) => {
      const ours = await this.#ours()
      const compared = await this.#compared(ours, this.#asked)
      told(compared.state)
      const { changes, gone } = differences(ours, compared)
      const push = new Push(this.#calls, this.#handle, this.#run, {
        signal,
        remote: this.#asked.remote,
        prefix: this.#asked.prefix
      })
      await this.#fill(push, ours, compared.state)
      if (changes.size > 0) await this.#send(push, changes, compared.state, progressed)
      const pruned = await withoutStaying(await this.#pruned(ours, gone), this.#run)
      signal?.throwIfAborted()
      const note = () => this.#note(changes, pruned)
      await note().catch(async (error) => {
        if (!isLess(error)) throw error
        await this.#sendUntold(push, changes, compared.state, progressed)
        await note()
      })
      const head = ours.heads.get(mainBranch)?.ref ?? null
      return { head, ...push.sent, ...resultOf(changes, pruned) }
    })
  }

  /** Moves the heads of the server that differ from ours; if they may not be read, those of `changed`. */
  async move(changed: Iterable<string>): Promise<Map<string, HeadMoved>> {
    const ours = await this.#ours()
    const differing = await this.#differing(ours)
    const moved = new Map<string, HeadMoved>()
    if (differing !== undefined) for (const name of changed) moved.set(name, { is: 'ahead' })
    const heads = new Map<string, Ref>()
    for (const name of differing ?? changed) {
      const ref = ours.heads.get(name)?.ref
      if (ref !== undefined) heads.set(name, ref)
    }
    for (const part of pages(heads)) {
      for (const [name, outcome] of await this.#movedIn(part)) moved.set(name, outcome)
    }
    return moved
  }

  /** Deletes branches there that have these heads. */
  async remove(heads: ReadonlyMap<string, Ref>): Promise<BranchDeletion> {
    const deleted = new Set<string>()
    for (const part of pages(heads)) {
      const remove = () => this.#branches.remove(this.#asked, part)
      const bits = await this.#retrying(remove).catch(refused)
      if (bits === undefined) return { reason: 'denied' }
      for (const [place, name] of [...part.keys()].entries()) if (bits[place]) deleted.add(name)
    }
    return { deleted }
  }

  async #ours(): Promise<HeadTable> {
    const { prefix, isWhole, has } = this.#run.branches
    await abortable(this.#run.signal, () => this.#handle.opened())
    const table = await branchTable(this.#handle, prefix)
    return isWhole ? table : partOf(table, has)
  }

  #compared(ours: HeadTable, asked: BranchesAsked): Promise<Comparison> {
    const here: KnownHere = {
      of: () => Promise.resolve(ours),
      sums: [sumText(ours)],
      names: this.#run.branches.names,
      isBare: false
    }
    return compareBranches(this.#branches, asked, here, undefined)
  }

  /** Sends revisions that the server has without their data, if one of our heads reaches them. */
  async #fill(push: Push, ours: HeadTable, state: BranchesState): Promise<void> {
    if (state.tombstones === undefined || ours.heads.size === 0) return
    const heads = [...new Set([...ours.heads.values()].map(({ ref }) => ref))]
    await push.fill(heads, state, sumText(ours))
  }

  /** Sends what the heads reach, except what the server is known to have. */
  async #send(
    push: Push,
    changes: ReadonlyMap<string, HeadPair>,
    state: BranchesState,
    progressed: () => void
  ): Promise<void> {
    const noted = await remoteTable(this.#handle, state.name, this.#asked.prefix)
    const remembered = [...noted.heads.values()].map(({ ref }) => ref).slice(0, mostKnown)
    try {
      await push.sendAll(await this.#lacking(changes, remembered), state, progressed)
    } catch (error) {
      if (!isLess(error)) throw error
      await this.#sendUntold(push, changes, state, progressed)
    }
  }

  /** Sends everything that the server has not reported: it may have less than at the last synchronization. */
  async #sendUntold(
    push: Push,
    changes: ReadonlyMap<string, HeadPair>,
    state: BranchesState,
    progressed: () => void
  ): Promise<void> {
    await push.sendAll(await this.#lacking(changes, []), state, progressed)
  }

  /** The revisions that the heads reach, without those below the server's heads of these branches and `remembered`. */
  async #lacking(
    changes: ReadonlyMap<string, HeadPair>,
    remembered: readonly Ref[]
  ): Promise<Ref[]> {
    const heads = [...new Set([...changes.values()].map(({ head }) => head))]
    const told = await this.#here([...changes.values()].flatMap(({ known }) => known ?? []))
    return await toSend(this.#handle, [...told, ...remembered], heads, this.#run.signal)
  }

  async #here(refs: readonly Ref[]): Promise<Ref[]> {
    const there = await this.#handle.ask((engine) => engine.has(refs, this.#run.signal))
    return refs.filter((_ref, place) => there[place])
  }

  /** The branches that the server has remote heads of, and that our log reports as deleted. */
  async #pruned(ours: HeadTable, gone: ReadonlyMap<string, Ref>): Promise<Map<string, Pruned>> {
    const pruned = new Map<string, Pruned>()
    if (!this.#run.prune || gone.size === 0) return pruned
    if (ours.heads.size === 0 && !(await hasAnyBranch(this.#handle))) return pruned
    const meant = new Map([...gone].filter(([name]) => this.#run.branches.has(name)))
    for (const [name, by] of await deletedFrom(this.#handle, meant, this.#run.signal)) {
      const ref = meant.get(name)
      if (ref !== undefined) pruned.set(name, { ref, by })
    }
    return pruned
  }

  async #note(
    changes: ReadonlyMap<string, HeadPair>,
    pruned: ReadonlyMap<string, Pruned>
  ): Promise<void> {
    const heads = new Map([...changes].map(([name, { head }]) => [name, head]))
    let gone = [...pruned.keys()]
    if (heads.size === 0 && gone.length === 0) return
    for (const part of heads.size === 0 ? [heads] : pages(heads)) {
      await this.#branches.note(this.#asked, part, gone)
      gone = []
    }
  }

  /** The branches whose heads there differ; `undefined` if they may not be read. */
  async #differing(ours: HeadTable): Promise<string[] | undefined> {
    const asked = { ...this.#asked, remote: undefined }
    const seen = seenOver(this.#calls)
    if (this.#run.branches.names === undefined && seen.has(asked.prefix)) {
      const now = await this.#retrying(() => seen.ask(this.#branches, asked)).catch(refused)
      const there = now?.table.heads
      if (there === undefined) return undefined
      const differs = ([name, { ref }]: HeadEntry) => there.get(name)?.ref !== ref
      return [...ours.heads].filter(differs).map(([name]) => name)
    }
    const compared = await this.#retrying(() => this.#compared(ours, asked)).catch(refused)
    if (compared === undefined) return undefined
    const { state, changed, absent, all } = compared
    if (all !== undefined && all.size > fewBranches) seen.note(asked.prefix, state.name, all)
    return [...changed.keys(), ...absent]
  }

  async #movedIn(heads: ReadonlyMap<string, Ref>): Promise<Map<string, HeadMoved>> {
    const moved = await this.#retrying(() => this.#branches.move(this.#asked, heads)).catch(refused)
    const denied = { is: 'fixed', reason: 'denied' } as const
    return moved ?? new Map([...heads.keys()].map((name) => [name, denied]))
  }

  #retrying<R>(attempt: () => Promise<R>): Promise<R> {
    return this.#calls.retrying(this.#run.signal, attempt)
  }
}

/** Our heads that differ from the server's remote heads, and its remote heads of branches that do not exist here. */
function differences(ours: HeadTable, { changed, absent }: Comparison) {
  const changes = new Map<string, HeadPair>()
  const gone = new Map<string, Ref>()
  for (const [name, known] of changed) {
    const head = ours.heads.get(name)?.ref
    if (head === undefined) gone.set(name, known)
    else changes.set(name, { known, head })
  }
  for (const name of absent) {
    const head = ours.heads.get(name)?.ref
    if (head !== undefined) changes.set(name, { known: null, head })
  }
  return { changes, gone }
}

function* pages(heads: ReadonlyMap<string, Ref>): Generator<Map<string, Ref>> {
  const all = [...heads]
  for (let at = 0; at < all.length; at += mostRefsAsked) {
    yield new Map(all.slice(at, at + mostRefsAsked))
  }
}

/** Whether the server lacks revisions that it was assumed to have. */
function isLess(error: unknown): boolean {
  return hasCode(error, 'HISTO_MISSING_ANCESTOR', 'HISTO_NOT_FOUND')
}

/** Ignores a refusal, which is not a failure of a push. */
function refused(error: unknown): undefined {
  if (!hasCode(error, 'HISTO_DENIED')) throw error
}
