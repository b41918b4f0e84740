/**
 * Makes revisions of drafts: all drafts of a put, or none.
 *
 * If the store has `idOf`, nothing is written yet. Otherwise only a put returns the id, and nothing refers
 * to the revision before the head moves.
 */

import { type Awaitable, after } from '../base/awaitable.js'
import { hasCode } from '../base/errors.js'
import type { Ref } from '../base/types.js'
import type { Draft } from '../engine.js'
import { fromNative, native } from '../native.js'
import { missingAncestor } from './found.js'
import { namesOf } from './ids.js'
import type { StoredRevisions, Written } from './stored-revisions.js'

/** Called with each revision that was written or read. */
export type Learned = (ref: Ref, ancestors: readonly Ref[]) => void

/** Revisions of a write: those not yet written, and the refs of all. */
export class Staged {
  readonly revisions: Written[] = []
  /** Ends the waits for the store. */
  readonly signal: AbortSignal | undefined
  readonly #refs: Ref[] = []
  #index: Set<Ref> | undefined

  constructor(signal: AbortSignal | undefined) {
    this.signal = signal
  }

  /** Adds one that is not yet written. In a run of puts that follow each other none is added twice. */
  add(revision: Written): void {
    const known = this.#index?.has(revision.ref) === true
    this.addWritten(revision.ref)
    if (!known) this.revisions.push(revision)
  }

  /** Adds a written one. */
  addWritten(ref: Ref): void {
    this.#refs.push(ref)
    this.#index?.add(ref)
  }

  /** The refs of all. */
  get refs(): ReadonlySet<Ref> {
    this.#index ??= new Set(this.#refs)
    return this.#index
  }
}

/** Makes revisions for one revision store. */
export class Staging {
  readonly #revisions: StoredRevisions
  readonly #maxRevisionBytes: number
  readonly #learned: Learned

  constructor(revisions: StoredRevisions, maxRevisionBytes: number, learned: Learned) {
    this.#revisions = revisions
    this.#maxRevisionBytes = maxRevisionBytes
    this.#learned = learned
  }

  /** Makes revisions of drafts; the first follows `head` unless it has ancestors. Returns the refs. */
  stage(drafts: readonly Draft[], head: Ref | null, staged: Staged): Awaitable<Ref[]> {
    const [only] = drafts
    if (only === undefined || drafts.length > 1) return this.#stageAll(drafts, head, staged)
    return after(this.#stageOne(only, head, staged), (ref) => [ref])
  }

  /** Writes the staged revisions, in order. */
  async store({ revisions, signal }: Staged): Promise<void> {
    await this.#revisions.putAll(revisions, signal)
    for (const { ref, ancestors } of revisions) this.#learned(ref, ancestors)
  }

  #stageOne(draft: Draft, head: Ref | null, staged: Staged): Awaitable<Ref> {
    const { ancestors } = draft
    if (ancestors === undefined) return this.#make(draft, head === null ? [] : [head], staged)
    const text = this.#text(draft, ancestors) // refuses what cannot be written, before the store is asked
    const unknown = ancestors.filter((ref) => ref !== head && !staged.refs.has(ref))
    return after(this.#expectKnown(unknown, staged.signal), () =>
      this.#make(draft, ancestors, staged, text)
    )
  }

  /** Stages a revision; writes it if only `put` of the store returns its id. */
  #make(draft: Draft, ancestors: readonly Ref[], staged: Staged, text?: string): Awaitable<Ref> {
    if (this.#revisions.tellsIds) {
      const revision = this.#named(draft, ancestors, text)
      staged.add(revision)
      return revision.ref
    }
    const put = this.#put(text ?? this.#text(draft, ancestors), ancestors, staged)
    return after(put, (ref) => this.#wrote(ref, ancestors, staged))
  }

  async #stageAll(drafts: readonly Draft[], head: Ref | null, staged: Staged): Promise<Ref[]> {
    const named = await this.#check(drafts, head, staged)
    const { tellsIds } = this.#revisions
    const made: Written[] = []
    const madeRefs = new Set<Ref>()
    for (const draft of drafts) {
      const given = draft.ancestors
      const unmade = given?.filter((ref) => named.has(ref) && !madeRefs.has(ref)) ?? []
      if (unmade.length > 0) await this.#expectKnown(unmade, staged.signal)
      const latest = made.at(-1)?.ref ?? head
      const ancestors = given ?? (latest === null ? [] : [latest])
      const revision = tellsIds
        ? this.#named(draft, ancestors)
        : await this.#written(draft, ancestors, staged)
      staged.signal?.throwIfAborted()
      made.push(revision)
      madeRefs.add(revision.ref)
    }
    for (const revision of made) {
      if (tellsIds) staged.add(revision)
      else this.#wrote(revision.ref, revision.ancestors, staged)
    }
    return made.map(({ ref }) => ref)
  }

  #put(text: string, ancestors: readonly Ref[], { signal }: Staged): Awaitable<Ref> {
    signal?.throwIfAborted()
    return this.#revisions.put(text, ancestors, signal)
  }

  async #written(draft: Draft, ancestors: readonly Ref[], staged: Staged): Promise<Written> {
    const ref = await this.#put(this.#text(draft, ancestors), ancestors, staged)
    return { ref, ancestors, text: '' }
  }

  #wrote(ref: Ref, ancestors: readonly Ref[], staged: Staged): Ref {
    staged.addWritten(ref)
    this.#learned(ref, ancestors)
    return ref
  }

  /** A revision with the id that the store will give it. Built-in refs are made together with the text. */
  #named(draft: Draft, ancestors: readonly Ref[], given?: string): Written {
    if (this.#revisions.tellsRefs && given === undefined) {
      try {
        const most = this.#maxRevisionBytes
        const { payload, meta } = draft
        const [text, ref] = fromNative(undefined, () =>
          native.textAndRefOf(payload, namesOf(ancestors), most, meta)
        )
        return { ref, ancestors, text }
      } catch (error) {
        // An ancestor is not a built-in ref; `idOf` reports that.
        if (!hasCode(error, 'HISTO_CORRUPT')) throw error
      }
    }
    const text = given ?? this.#text(draft, ancestors)
    return { ref: this.#revisions.idOf(text, ancestors), ancestors, text }
  }

  /**
   * Refuses what cannot be written before any of it is written. Returns the refs of drafts that others name. If
   * the store has no `idOf`, its ids are assumed to be the built-in refs, which users can compute.
   */
  async #check(
    drafts: readonly Draft[],
    head: Ref | null,
    { refs, signal }: Staged
  ): Promise<ReadonlySet<Ref>> {
    const own = new Set<Ref>()
    const named = new Set<Ref>()
    const unknown = new Set<Ref>()
    const told: { latest: Ref | null; error?: unknown } = { latest: head }
    for (const draft of drafts) {
      const { ancestors } = draft
      for (const ref of ancestors ?? []) {
        if (own.has(ref)) named.add(ref)
        else if (ref !== head && !refs.has(ref)) unknown.add(ref)
      }
      const parents = ancestors ?? (told.latest === null ? [] : [told.latest])
      const text = this.#text(draft, parents)
      if (told.error === undefined) this.#foresee(text, parents, told)
      if (told.latest !== null) own.add(told.latest)
    }
    await this.#expectKnown([...unknown], signal)
    if (this.#revisions.tellsIds && told.error !== undefined) throw told.error
    return named
  }

  #foresee(
    text: string,
    parents: readonly Ref[],
    told: { latest: Ref | null; error?: unknown }
  ): void {
    try {
      told.latest = this.#revisions.tellsIds
        ? this.#revisions.idOf(text, parents)
        : fromNative(undefined, () => native.refOfText(text))
    } catch (error) {
      told.error = error
    }
  }

  #expectKnown(refs: readonly Ref[], signal: AbortSignal | undefined): Awaitable<void> {
    if (refs.length === 0) return undefined
    return after(this.#revisions.has(refs, signal), (found) => {
      const missing = refs.find((_ref, place) => found[place] !== true)
      if (missing !== undefined) throw missingAncestor(missing)
    })
  }

  #text({ payload, meta }: Draft, ancestors: readonly Ref[]): string {
    const most = this.#maxRevisionBytes
    return fromNative(undefined, () => native.textOf(payload, namesOf(ancestors), most, meta))
  }
}
