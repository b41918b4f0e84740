/**
 * What a database is, in plain sets and maps: revisions, heads, remotes, and what the contract says
 * of each call. Answers `Failed` where the contract names an error.
 */

import { refOf } from './places.js'

/** A call that fails: with a code of ours, or as a TypeError. */
export class Failed {
  readonly code: string
  constructor(code: string) {
    this.code = code
  }
}

export interface Item {
  data: unknown
  ancestors?: string[] | undefined
}

interface Stored {
  data: unknown
  ancestors: string[]
}

/** What a write does to the head: moves it, whatever it was or if it is `previousHead`, or not. */
export interface Move {
  previousHead?: string | null | undefined
  moveHead?: boolean | undefined
}

export class Model {
  readonly revisions = new Map<string, Stored>()
  readonly heads = new Map<string, string>()
  readonly remotes = new Map<string, string>()

  putMany(branch: string, items: readonly Item[], move: Move): string[] | Failed {
    const head = this.heads.get(branch) ?? null
    const moves = items.length > 0 && move.moveHead !== false
    if (moves && move.previousHead !== undefined && move.previousHead !== head) {
      return new Failed('HISTO_HEAD_CONFLICT')
    }
    const staged = new Map<string, Stored>()
    const refs: string[] = []
    for (const { data, ancestors } of items) {
      const before = refs.at(-1) ?? head
      const direct = ancestors ?? (before === null ? [] : [before])
      if (direct.some((ref) => !this.revisions.has(ref) && !staged.has(ref))) {
        return new Failed('HISTO_MISSING_ANCESTOR')
      }
      const ref = refOf(data, direct)
      staged.set(ref, { data, ancestors: direct })
      refs.push(ref)
    }
    const last = refs.at(-1)
    if (last !== undefined && moves) {
      this.heads.set(branch, last)
    }
    for (const [ref, revision] of staged) this.revisions.set(ref, revision)
    return refs
  }

  setHead(branch: string, ref: string, previous: string | null | undefined): string | Failed {
    if (!this.revisions.has(ref)) return new Failed('HISTO_NOT_FOUND')
    const head = this.heads.get(branch) ?? null
    if (head !== ref && previous !== undefined && previous !== head) {
      return new Failed('HISTO_HEAD_CONFLICT')
    }
    this.heads.set(branch, ref)
    return ref
  }

  deleteBranch(branch: string, previous: string | null | undefined): undefined | Failed {
    const head = this.heads.get(branch) ?? null
    if (previous !== undefined && previous !== head) return new Failed('HISTO_HEAD_CONFLICT')
    this.heads.delete(branch)
    return undefined
  }

  setRemoteHead(name: string, ref: string): string | Failed {
    if (!this.revisions.has(ref)) return new Failed('HISTO_NOT_FOUND')
    this.remotes.set(name, ref)
    return ref
  }

  merge(branch: string, theirs: string): { kind: string; ref: string } | Failed {
    if (!this.revisions.has(theirs)) return new Failed('HISTO_NOT_FOUND')
    const ours = this.heads.get(branch)
    if (ours !== undefined && this.reach(ours).has(theirs)) return { kind: 'up-to-date', ref: ours }
    if (ours === undefined || this.reach(theirs).has(ours)) {
      this.heads.set(branch, theirs)
      return { kind: 'fast-forward', ref: theirs }
    }
    const data = this.joined(ours, theirs)
    const refs = this.putMany(branch, [{ data, ancestors: [ours, theirs] }], {})
    return refs instanceof Failed ? refs : { kind: 'merge', ref: refs[0] ?? '' }
  }

  /** The data that the tests resolve a merge to. */
  joined(ours: string, theirs: string): unknown {
    const data = (ref: string) => plain(this.revisions.get(ref)?.data)
    return { bases: this.bases(ours, theirs).map(data), ours: data(ours), theirs: data(theirs) }
  }

  /** Revisions of a stream, in any order: all, or those that have their ancestors. */
  writeStream(items: readonly Stored[]): undefined | Failed {
    let waiting = [...items]
    for (;;) {
      const ready = waiting.filter(({ ancestors }) => ancestors.every((a) => this.revisions.has(a)))
      if (ready.length === 0) break
      for (const item of ready) this.revisions.set(refOf(item.data, item.ancestors), item)
      waiting = waiting.filter((item) => !ready.includes(item))
    }
    return waiting.length === 0 ? undefined : new Failed('HISTO_MISSING_ANCESTOR')
  }

  /** What a revision reaches, itself too. */
  reach(ref: string): Set<string> {
    const reached = new Set<string>()
    const frontier = [ref]
    for (let next = frontier.pop(); next !== undefined; next = frontier.pop()) {
      if (reached.has(next)) continue
      reached.add(next)
      frontier.push(...(this.revisions.get(next)?.ancestors ?? []))
    }
    return reached
  }

  bases(left: string, right: string): string[] {
    const reached = this.reach(right)
    const common = [...this.reach(left)].filter((ref) => reached.has(ref))
    const beneath = new Set(
      common.flatMap((ref) => [...this.reach(ref)].filter((other) => other !== ref))
    )
    return common.filter((ref) => !beneath.has(ref)).toSorted()
  }

  difference(from: readonly string[], to: string): string[] {
    const without = new Set(from.flatMap((ref) => [...this.reach(ref)]))
    return [...this.reach(to)].filter((ref) => !without.has(ref)).toSorted()
  }
}

/** Bytes as text, so that they can stand in the data of a merge. */
export function plain(data: unknown): unknown {
  return data instanceof Uint8Array ? Buffer.from(data).toString('hex') : data
}
