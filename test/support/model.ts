/**
 * What a database is, in plain sets and maps, and what the contract says of each call: random calls are compared
 * with it, and the engine in plain JavaScript (`plain-engine.ts`) stands on it. Answers `Failed` where the contract
 * names an error.
 */

import type { HistoErrorCode, HistoErrorDetails } from '../../ts/base/errors.js'
import type { NamedRef, NameRange } from '../../ts/base/names.js'
import type { Ref } from '../../ts/base/types.js'
import type { Pruning } from '../../ts/engine.js'
import { type Known, Model } from '../../ts/suite/model.js'

/** A call that fails: with a code of ours, and the fields that say why. */
export class Failed {
  readonly code: HistoErrorCode
  readonly details: HistoErrorDetails

  constructor(code: HistoErrorCode, details: HistoErrorDetails = {}) {
    this.code = code
    this.details = details
  }
}

/** An item of a put: without ancestors it follows the head, or the item before it. */
export interface Item<D> {
  readonly data: D
  readonly ancestors?: readonly Ref[] | undefined
}

/** How a write moves the head: unconditionally, if it is `previousHead`, or not at all. */
export interface Move {
  readonly previousHead?: Ref | null | undefined
  readonly moveHead?: boolean | undefined
}

/** One operation of a batch. */
export type Operation<D> = {
  readonly branch: string
  readonly previousHead?: Ref | null | undefined
} & (
  | { readonly type: 'put'; readonly item: Item<D> }
  | { readonly type: 'setHead'; readonly ref: Ref }
  | { readonly type: 'deleteBranch' }
)

/** The input of a merge. */
export interface Sides<D> {
  readonly bases: readonly D[]
  readonly ours: D
  readonly theirs: D
}

/** A database; data that is `undefined` was erased. */
export class DatabaseModel<D> extends Model<D | undefined> {
  /** When a prune first found that nothing reaches a revision. */
  readonly marks: Map<Ref, number> = new Map()
  readonly #refOf: (data: D, ancestors: readonly Ref[]) => Ref

  constructor(refOf: (data: D, ancestors: readonly Ref[]) => Ref) {
    super()
    this.#refOf = refOf
  }

  /** The names of a range with what they name, in the order of their bytes. */
  named(list: 'heads' | 'remotes', { prefix, after, limit }: NameRange): NamedRef[] {
    const behind = (name: string) =>
      after === undefined || Buffer.compare(Buffer.from(after), Buffer.from(name)) < 0
    return [...this[list]]
      .map(([name, ref]) => ({ name, ref }))
      .filter(({ name }) => name.startsWith(prefix) && behind(name))
      .sort((one, other) => Buffer.compare(Buffer.from(one.name), Buffer.from(other.name)))
      .slice(0, limit)
  }

  putMany(branch: string, items: readonly Item<D>[], move: Move): Ref[] | Failed {
    const moves = move.moveHead !== false
    const conflict = moves ? this.#conflict(branch, move.previousHead) : undefined
    if (conflict !== undefined) return conflict
    const staged = new Map<Ref, { data: D; ancestors: readonly Ref[] }>()
    const refs: Ref[] = []
    for (const { data, ancestors } of items) {
      const before = refs.at(-1) ?? this.head(branch)
      const direct = ancestors ?? (before === null ? [] : [before])
      const lost = direct.find((ref) => !this.revisions.has(ref) && !staged.has(ref))
      if (lost !== undefined) return new Failed('HISTO_MISSING_ANCESTOR', { ref: lost })
      const ref = this.#refOf(data, direct)
      staged.set(ref, { data, ancestors: direct })
      refs.push(ref)
    }
    for (const [ref, { data, ancestors }] of staged) this.insert(ref, data, ancestors)
    const last = refs.at(-1)
    if (last !== undefined && moves) this.heads.set(branch, last)
    return refs
  }

  /** Takes in a revision whose ancestors are there, and data that was erased. */
  insert(ref: Ref, data: D, ancestors: readonly Ref[]): void {
    if (this.revisions.get(ref)?.data === undefined) this.put(ref, data, ancestors)
    this.marks.delete(ref)
  }

  setHead(branch: string, ref: Ref, previous: Ref | null | undefined): Ref | Failed {
    const lost = this.lost(ref)
    if (lost !== undefined) return lost
    const conflict = this.head(branch) === ref ? undefined : this.#conflict(branch, previous)
    if (conflict !== undefined) return conflict
    this.heads.set(branch, ref)
    this.marks.delete(ref)
    return ref
  }

  deleteBranch(branch: string, previous: Ref | null | undefined): undefined | Failed {
    const conflict = this.#conflict(branch, previous)
    if (conflict === undefined) this.heads.delete(branch)
    return conflict
  }

  /** Does operations in order, or none; fails as the first that does, with its number. */
  batch(operations: readonly Operation<D>[]): (Ref | null)[] | Failed {
    const kept = [this.revisions, this.heads, this.marks].map((map) => [map, [...map]] as const)
    const refs: (Ref | null)[] = []
    for (const [index, operation] of operations.entries()) {
      const { branch, previousHead } = operation
      const move = previousHead === undefined ? {} : { previousHead }
      const done = ((): readonly Ref[] | Ref | undefined | Failed => {
        if (operation.type === 'put') return this.putMany(branch, [operation.item], move)
        if (operation.type === 'setHead') return this.setHead(branch, operation.ref, previousHead)
        return this.deleteBranch(branch, previousHead)
      })()
      if (done instanceof Failed) {
        for (const [map, entries] of kept) {
          map.clear()
          for (const [key, value] of entries) (map as Map<unknown, unknown>).set(key, value)
        }
        return new Failed(done.code, { ...done.details, index })
      }
      refs.push(typeof done === 'string' ? done : (done?.[0] ?? null))
    }
    return refs
  }

  setRemoteHead(name: string, ref: Ref): Ref | Failed {
    const lost = this.lost(ref)
    if (lost !== undefined) return lost
    this.remotes.set(name, ref)
    this.marks.delete(ref)
    return ref
  }

  merge(
    branch: string,
    theirs: Ref,
    resolve: (sides: Sides<D | undefined>) => D
  ): { kind: string; ref: Ref } | Failed {
    const lost = this.lost(theirs)
    if (lost !== undefined) return lost
    const ours = this.head(branch)
    if (this.reach(ours).has(theirs)) return { kind: 'up-to-date', ref: ours ?? '' }
    if (ours === null || this.reach(theirs).has(ours)) {
      this.heads.set(branch, theirs)
      return { kind: 'fast-forward', ref: theirs }
    }
    const dataOf = (ref: Ref) => this.revisions.get(ref)?.data
    const bases = this.bases(ours, theirs).map(dataOf)
    const data = resolve({ bases, ours: dataOf(ours), theirs: dataOf(theirs) })
    const refs = this.putMany(branch, [{ data, ancestors: [ours, theirs] }], {})
    return refs instanceof Failed ? refs : { kind: 'merge', ref: refs[0] ?? '' }
  }

  /** Takes in revisions in any order, each once its ancestors are there; answers those that wait. */
  takeIn<I extends Known<D>>(items: readonly I[]): I[] {
    const isReady = ({ ancestors }: I) => ancestors.every((ref) => this.revisions.has(ref))
    let waiting = [...items]
    for (let ready = waiting.filter(isReady); ready.length > 0; ready = waiting.filter(isReady)) {
      for (const { data, ancestors } of ready) {
        this.insert(this.#refOf(data, ancestors), data, ancestors)
      }
      waiting = waiting.filter((item) => !ready.includes(item))
    }
    return waiting
  }

  /** Deletes what nothing reaches and an earlier prune found so long ago, but nothing that something younger needs. */
  prune({ keep, now, grace, dryRun }: Pick<Pruning, 'keep' | 'now' | 'grace' | 'dryRun'>) {
    const lost = keep.map((ref) => this.lost(ref)).find((failed) => failed !== undefined)
    if (lost !== undefined) return lost
    const reached = this.reach(...this.heads.values(), ...this.remotes.values(), ...keep)
    const isOld = (ref: Ref) => (this.marks.get(ref) ?? Number.POSITIVE_INFINITY) + grace <= now
    const young = [...this.revisions.keys()].filter((ref) => !isOld(ref))
    const stay = new Set([...reached, ...this.reach(...young)])
    const waiting = [...stay].filter((ref) => !reached.has(ref))
    const deleted = [...this.revisions].filter(([ref]) => !stay.has(ref))
    if (!dryRun) {
      for (const [ref] of deleted) this.revisions.delete(ref)
      const marks = waiting.map((ref) => [ref, this.marks.get(ref) ?? now] as const)
      this.marks.clear()
      for (const [ref, time] of marks) this.marks.set(ref, time)
    }
    return { deleted: deleted.map(([, revision]) => revision), waiting: waiting.length }
  }

  /** How a call fails that needs a revision which is not there. */
  lost(ref: Ref): Failed | undefined {
    return this.revisions.has(ref) ? undefined : new Failed('HISTO_NOT_FOUND', { ref })
  }

  #conflict(branch: string, expected: Ref | null | undefined): Failed | undefined {
    const head = this.head(branch)
    if (expected === undefined || expected === head) return undefined
    return new Failed('HISTO_HEAD_CONFLICT', { head, expected })
  }
}
