/**
 * A synchronizer's run over many branches of a remote database into one of this process. Missing revisions usually come
 * with the answer that has the heads; otherwise one stream brings them. Then all remote heads are set in one commit.
 */

import { hasCode } from '../../base/errors.js'
import { mainBranch, nameArgument, nameOfBranch } from '../../base/names.js'
import type { Selection } from '../../base/selection.js'
import { abortable } from '../../base/signal.js'
import type { Ref } from '../../base/types.js'
import type { Handle } from '../../branch/handle.js'
import { type HeadTable, partOf, remoteTable } from '../../branch/head-tables.js'
import type { RemoteHead } from '../../engine.js'
import { discover } from '../../sync/discovery.js'
import type { ManyResult, ManyRun, Pruned } from '../../sync/exchange.js'
import { movesOf, resultOf, withoutStaying } from '../../sync/many.js'
import type { HeadPair } from '../../sync/transfer.js'
import { encodeRefs } from '../../wire/wire-refs.js'
import { encodeNames, sumText } from '../compare.js'
import { broken, mostRefsAsked } from '../protocol.js'
import { joined } from '../sections.js'
import {
  BranchCalls,
  type BranchesAnswer,
  type BranchesAsked,
  type ReadStream
} from './branch-calls.js'
import type { Calls } from './calls.js'
import type { Reply } from './client.js'
import { type Comparison, compareBranches, type KnownHere } from './compare-branches.js'
import { halves, inParts, Oversized } from './oversized.js'
import { neverCame, Received } from './received.js'
import { seenOver } from './seen-branches.js'
import { rememberedBases, tipsOf } from './tips.js'

/** Most databases whose sums are sent to a server whose name is not known yet. */
const mostSums = 8
/** Most revisions whose missing data is requested in one request. */
const mostFilled = 8192
/** Stands for a sum that matches nothing. */
const noSum = '-'

/** Branches with other heads than are known. */
type Changes = ReadonlyMap<string, HeadPair>

/** Copies the branches to `handle`. `named` holds the server's name, if known, and is updated with it. */
export async function pullBranches(
  calls: Calls,
  handle: Handle,
  run: ManyRun,
  named: { name: string | undefined }
): Promise<ManyResult> {
  const { signal } = run
  await abortable(signal, () => handle.opened())
  run.onProgress({ phase: 'difference', done: 0, total: 0, bytes: 0 })
  const pull = new BranchesPull(calls, handle, run, named)
  return await calls.retrying(signal, (progressed) => pull.attempt(progressed))
}

/** One run. */
class BranchesPull {
  readonly #calls: Calls
  readonly #branches: BranchCalls
  readonly #handle: Handle
  readonly #run: ManyRun
  readonly #named: { name: string | undefined }
  readonly #received: Received
  #asked: BranchesAsked
  /** The tombstones from elsewhere that were here before. */
  #lacked: readonly Ref[] = []
  /** Streams of this attempt, and the changes that were noted with the last batch of one. */
  #streams = 0
  #noted: Changes | undefined

  constructor(calls: Calls, handle: Handle, run: ManyRun, named: { name: string | undefined }) {
    this.#calls = calls
    this.#branches = new BranchCalls(calls)
    this.#handle = handle
    this.#run = run
    this.#named = named
    this.#received = new Received(calls, handle, run)
    const bases = handle.engine.wire !== undefined
    this.#asked = { prefix: run.branches.prefix, remote: undefined, signal: run.signal, bases }
  }

  async attempt(progressed: () => void): Promise<ManyResult> {
    this.#received.progressed = progressed
    try {
      return await this.#attempt()
    } catch (error) {
      if (this.#asked.bases !== true || !hasCode(error, 'HISTO_SHALLOW')) throw error
      this.#asked = { ...this.#asked, bases: false } // the base of a text is erased here, or cut away
      return await this.#attempt()
    }
  }

  async #attempt(): Promise<ManyResult> {
    const { signal, branches } = this.#run
    const { isWhole, names, has } = branches
    const isChosen = !isWhole && names === undefined
    const here = await this.#known(branches, isChosen)
    this.#lacked = (await this.#handle.engine.tombstones?.(true)) ?? []
    this.#streams = 0
    this.#noted = undefined
    const take: ReadStream = (answer, reply, stream, isWhole) =>
      isWhole === true ? this.#takeAll(answer, reply, stream) : this.#take(reply, stream)
    const compared = isChosen
      ? await this.#chosen(here)
      : await compareBranches(this.#branches, this.#asked, here, take)
    const { state } = compared
    this.#named.name = state.name
    const base = this.#baseOf(state.name)
    const known = await this.#tableOf(base)
    const changes = this.#noted ?? this.#changesTo(compared.changed, known)
    let pruned: ReadonlyMap<string, Pruned> = new Map()
    if (this.#noted === undefined) {
      await this.#bring(changes)
      await this.#fill(changes)
      pruned = await withoutStaying(await this.#pruned(compared, known), this.#run)
      signal?.throwIfAborted()
      await this.#note(base, changes, pruned)
    }
    const main = has(mainBranch) && !compared.absent.has(mainBranch)
    const head = changes.get(mainBranch)?.head ?? known.heads.get(mainBranch)?.ref ?? null
    return { head: main ? head : null, ...this.#received.sum, ...resultOf(changes, pruned) }
  }

  /** Compares where a function says which branches are meant: the server is asked for those that moved of all. */
  async #chosen({ of }: KnownHere): Promise<Comparison> {
    const { state, table } = await seenOver(this.#calls).ask(this.#branches, this.#asked)
    const known = await of(state.name)
    const changed = new Map([...table.heads].map(([name, { ref }]) => [name, ref]))
    const absent = [...known.heads.keys()].filter((name) => !table.heads.has(name))
    return { state, changed, absent: new Set(absent) }
  }

  /** The heads that are not those known, of the branches that are asked for. */
  #changesTo(heads: ReadonlyMap<string, Ref>, known: HeadTable): Changes {
    const changes = new Map<string, HeadPair>()
    for (const [name, head] of heads) {
      const before = known.heads.get(name)?.ref ?? null
      if (this.#run.branches.has(name) && before !== head) {
        changes.set(name, { known: before, head })
      }
    }
    return changes
  }

  #baseOf(name: string): string {
    return nameArgument(this.#run.remote ?? name, 'the name of the source')
  }

  async #tableOf(base: string): Promise<HeadTable> {
    const { prefix, isWhole, has } = this.#run.branches
    const table = await remoteTable(this.#handle, base, prefix)
    return isWhole ? table : partOf(table, has)
  }

  async #known({ names }: Selection, isChosen: boolean): Promise<KnownHere> {
    const of = (name: string) => this.#tableOf(this.#baseOf(name))
    if (isChosen) return { of, sums: [], names: undefined, isBare: false }
    const sums = await this.#sums(of)
    const isBare = sums.length === 0 && (await this.#isBare())
    return { of, sums, names, isBare }
  }

  /** The sum of the server's remote heads; if its name is not known, the sums of all known databases. */
  async #sums(of: (name: string) => Promise<HeadTable>): Promise<string[]> {
    const name = this.#run.remote === undefined ? this.#named.name : ''
    const names = name === undefined ? await rememberedBases(this.#handle, mostSums + 1) : [name]
    const sums: string[] = []
    for (const each of names.slice(0, mostSums)) {
      const table = await of(each)
      if (table.heads.size > 0) sums.push(sumText(table))
    }
    return sums.length > 0 || names.length <= mostSums ? sums : [noSum]
  }

  /** Whether this database is empty. */
  async #isBare(): Promise<boolean> {
    const { engine } = this.#handle
    if (engine.recentTips === undefined || !engine.listsHeads) return false
    const one = { prefix: '', after: undefined, limit: 1 }
    const found = await this.#handle.ask(async () => [
      ...((await engine.recentTips?.()) ?? []),
      ...(await engine.heads('remotes/', one)),
      ...(await engine.heads('heads/', one))
    ])
    return found.length === 0
  }

  /** Fetches the missing revisions below the heads, if they did not come with them. */
  async #bring(changes: Changes): Promise<void> {
    const { signal } = this.#run
    const missing = await this.#missing(changes)
    if (missing.length === 0) return
    const common = await this.#common(missing, changes)
    const { limit } = this.#calls.client
    const bodyOf = (names: readonly string[]) => {
      const known = common ?? knownOf(names, changes)
      // Fewer make the answer longer, and not wrong.
      const from = known.slice(0, Math.min(mostRefsAsked, limit.most / 64))
      return joined([encodeNames(names), encodeRefs(from)])
    }
    for (let at = 0; at < missing.length; at += mostRefsAsked) {
      const names = missing.slice(at, at + mostRefsAsked)
      await inParts(names, bodyOf, (body) => this.#stream('branches-pull', body), limit)
    }
    signal?.throwIfAborted()
    if ((await this.#missing(changes)).length === 0) return
    throw broken('the server lacks heads that it announced', { retryable: true })
  }

  /** The branches whose heads are not here. */
  async #missing(changes: Changes): Promise<string[]> {
    const heads = [...changes.values()].map(({ head }) => head)
    const there = await this.#handle.ask((engine) => engine.has(heads, this.#run.signal))
    return [...changes.keys()].filter((_name, place) => !there[place])
  }

  /** What both sides have, found by asking; `undefined` where something is remembered of these branches. */
  async #common(names: readonly string[], changes: Changes): Promise<readonly Ref[] | undefined> {
    const { signal } = this.#run
    if (knownOf(names, changes).length > 0) return undefined
    const tips = await tipsOf(this.#handle)
    if (tips.length === 0) return []
    const ask = (refs: readonly Ref[]) => this.#branches.has(this.#asked, names, refs)
    const { common } = await this.#handle.ask((engine) => discover(engine, tips, ask, { signal }))
    return common
  }

  /** Fetches the data of tombstones that the changed heads reach. */
  async #fill(changes: Changes): Promise<void> {
    const lacked = this.#lacked
    if (lacked.length === 0 || changes.size === 0) return
    const names = [...changes.keys()].slice(0, mostRefsAsked)
    const heads = [...new Set(names.flatMap((name) => changes.get(name)?.head ?? []))]
    const still = new Set((await this.#handle.engine.tombstones?.(true)) ?? [])
    const below = await this.#handle.reached(
      lacked.filter((ref) => still.has(ref)),
      heads,
      this.#run.signal
    )
    await this.#fillFrom(names, below)
  }

  /** Asks for the data of those revisions that the branches reach; where their names are too much, of half of them. */
  async #fillFrom(names: readonly string[], below: readonly Ref[]): Promise<void> {
    if (below.length === 0) return
    const there = await this.#branches.has(this.#asked, names, below, true)
    const refs = below.filter((_ref, place) => there[place])
    const bodyOf = (part: readonly Ref[]) => joined([encodeNames(names), encodeRefs(part)])
    const send = (body: Uint8Array) => this.#stream('branches-revisions', body)
    const filled = new Set<Ref>()
    try {
      for (let at = 0; at < refs.length; at += mostFilled) {
        const asked = refs.slice(at, at + mostFilled)
        await inParts(asked, bodyOf, send, this.#calls.client.limit)
        for (const ref of asked) filled.add(ref)
      }
    } catch (error) {
      if (!(error instanceof Oversized) || names.length === 1) throw error
      const rest = below.filter((ref) => !filled.has(ref))
      for (const part of halves(names)) await this.#fillFrom(part, rest)
    }
  }

  /** Takes the stream that answers a body. */
  #stream(operation: 'branches-pull' | 'branches-revisions', body: Uint8Array): Promise<void> {
    return this.#branches.stream(operation, this.#asked, body, (reply) =>
      this.#take(reply, reply.chunks())
    )
  }

  /**
   * Takes in what comes with an answer. If that is all, and nothing else is to be done or may abort the run, the commit of the
   * last batch sets the remote heads too.
   */
  async #takeAll(
    answer: BranchesAnswer,
    reply: Reply,
    chunks: AsyncIterable<Uint8Array>
  ): Promise<void> {
    const { isHeard, prune } = this.#run
    this.#streams += 1
    const isAll = answer.is === 'changed' || (answer.is === 'list' && !answer.more)
    if (!isAll || this.#streams > 1 || isHeard || prune || this.#lacked.length > 0) {
      await this.#take(reply, chunks)
      return
    }
    const base = this.#baseOf(answer.name)
    const changes = this.#changesTo(answer.listed, await this.#tableOf(base))
    const heads = [...changes].map(([name, { head }]) => ({
      name: nameOfBranch(base, name),
      ref: head
    }))
    await this.#take(reply, chunks, heads)
    this.#noted = changes
  }

  async #take(
    reply: Reply,
    chunks: AsyncIterable<Uint8Array>,
    remotes?: readonly RemoteHead[]
  ): Promise<void> {
    const { bases = false } = this.#asked
    await this.#received.take({ reply, chunks, bases, remotes })
  }

  /** The remote heads of branches that the server reports as deleted. */
  async #pruned({ absent }: Comparison, known: HeadTable): Promise<Map<string, Pruned>> {
    const pruned = new Map<string, Pruned>()
    if (!this.#run.prune) return pruned
    const gone = new Map<string, Ref>()
    for (const name of absent) {
      const ref = known.heads.get(name)?.ref
      if (ref !== undefined) gone.set(name, ref)
    }
    for (const name of await this.#branches.deleted(this.#asked, [...gone])) {
      pruned.set(name, { ref: gone.get(name) ?? '', by: 'logged' })
    }
    return pruned
  }

  async #note(base: string, changes: Changes, pruned: ReadonlyMap<string, Pruned>): Promise<void> {
    const moves = movesOf(base, changes, pruned)
    if (moves.length === 0) return
    try {
      await this.#handle.write((engine) => engine.setRemoteHeads(moves))
    } catch (error) {
      throw hasCode(error, 'HISTO_NOT_FOUND') ? neverCame() : error
    }
  }
}

/** What is remembered of branches, each ref once. */
function knownOf(names: readonly string[], changes: ReadonlyMap<string, HeadPair>): Ref[] {
  return [...new Set(names.flatMap((name) => changes.get(name)?.known ?? []))]
}
