/**
 * Graph queries over a user's store: native walks say which revisions they need, and this module reads them.
 *
 * A store with `ancestry` is asked for more than is needed, twice as much each round, so that a difference of n
 * revisions costs log n round trips. All queries of a database share a bounded cache of ancestors.
 */

import { setImmediate as turn } from 'node:timers/promises'
import { types } from 'node:util'
import type { Ref } from '../base/types.js'
import { endOf, settle } from '../embedded/walks.js'
import type { Tips } from '../engine.js'
import { fromNative, native } from '../native.js'
import { limitOf } from './ancestry.js'
import { found } from './found.js'
import { isId, namesOf } from './ids.js'
import type { StoredText } from './interfaces.js'
import type { StoredRevisions } from './stored-revisions.js'

type Kind = Parameters<typeof native.walk>[1]

type Walk = ReturnType<typeof native.walk>
/** The refs that a walk needs, or its result. */
type WalkState = Awaited<ReturnType<typeof native.pollWalk>>
type WalkResult = Exclude<WalkState, string[]>

/** Refs of a large result that become strings in one turn of the event loop. */
const refsATurn = 5000
/** Rounds between two turns of the event loop, for stores that return at once. */
const roundsATurn = 256
/** Written revisions that are handed over in one turn: some 2 ms. */
const writtenATurn = 2048

/** Walks over one store. */
export class StoreWalks {
  readonly #revisions: StoredRevisions
  readonly #cacheRevisions: number
  #ancestorCache: ReturnType<typeof native.ancestorCache>
  /** Revisions written since the last walk, and their ancestors; without walks this costs little. */
  #written: Ref[] = []
  #ancestors: (Ref | readonly Ref[])[] = []

  /** @param cacheRevisions number of revisions whose ancestors are cached */
  constructor(revisions: StoredRevisions, cacheRevisions: number) {
    this.#revisions = revisions
    this.#cacheRevisions = cacheRevisions
    this.#ancestorCache = native.ancestorCache(cacheRevisions, !revisions.tellsRefs)
  }

  /** Empties the cache because revisions were deleted. Running walks continue. */
  forget(): void {
    this.#written = []
    this.#ancestors = []
    this.#ancestorCache = native.ancestorCache(this.#cacheRevisions, !this.#revisions.tellsRefs)
  }

  /** Keeps the ancestors of a written revision for the next walk. */
  remember(ref: Ref, ancestors: readonly Ref[]): void {
    if (this.#cacheRevisions === 0) return
    this.#written.push(ref)
    this.#ancestors.push(namesOf(ancestors))
    if (this.#written.length < 2 * this.#cacheRevisions) return
    this.#written = this.#written.slice(-this.#cacheRevisions)
    this.#ancestors = this.#ancestors.slice(-this.#cacheRevisions)
  }

  /** The refs that a walk finds. */
  async refs(kind: Kind, from: readonly Ref[], to: Tips, signal?: AbortSignal): Promise<Ref[]> {
    return (await this.#answer(kind, from, [to].flat(), signal)).refs ?? []
  }

  /** Whether `descendant` reaches `ancestor`. */
  async reaches(ancestor: Ref, descendant: Ref, signal?: AbortSignal): Promise<boolean> {
    return (await this.#answer('is-ancestor', [ancestor], [descendant], signal)).reaches ?? false
  }

  async #answer(
    kind: Kind,
    from: readonly Ref[],
    to: readonly Ref[],
    signal: AbortSignal | undefined
  ): Promise<WalkResult> {
    for (const ref of [...to, ...from]) if (!isId(ref)) found(ref, undefined)
    await this.#learnWritten()
    const walk = fromNative(undefined, () =>
      native.walk(this.#ancestorCache, kind, [...from], [...to])
    )
    const cache = this.#ancestorCache
    let next = fromNative(undefined, () => native.pollWalk(cache, walk, endOf(signal)))
    for (let round = 1; ; round += 1) {
      const state = types.isPromise(next) ? await settle(next, signal, undefined) : next
      if (round % roundsATurn === 0) await turn()
      signal?.throwIfAborted()
      if (!Array.isArray(state)) return await whole(state, signal)
      if (this.#revisions.tellsAncestry) {
        const limit = limitOf(state.length, round)
        const { refs, texts } = await this.#revisions.ancestry(state, limit, signal)
        next = this.#step(walk, refs, texts, signal)
        continue
      }
      const reading = this.#revisions.texts(state, signal)
      const texts = reading instanceof Promise ? await reading : reading
      next = this.#step(walk, state, texts, signal)
    }
  }

  /** Hands over the revisions written since the last walk. */
  async #learnWritten(): Promise<void> {
    if (this.#written.length === 0) return
    const [written, ancestors, ancestorCache] = [
      this.#written,
      this.#ancestors,
      this.#ancestorCache
    ]
    this.#written = []
    this.#ancestors = []
    for (let at = Math.max(0, written.length - this.#cacheRevisions); at < written.length; ) {
      const end = Math.min(at + writtenATurn, written.length)
      const [refs, parents] = [written.slice(at, end), ancestors.slice(at, end)]
      fromNative(undefined, () => native.remember(ancestorCache, refs, parents))
      at = end
      if (at < written.length) await turn()
    }
  }

  /** Hands a walk the texts it needs. A malformed one is reported as a single read would. */
  #step(
    walk: Walk,
    refs: readonly Ref[],
    texts: readonly unknown[],
    signal: AbortSignal | undefined
  ): WalkState | Promise<WalkState> {
    const [cache, given] = [this.#ancestorCache, texts as readonly StoredText[]]
    try {
      return fromNative(undefined, () => native.stepWalk(cache, walk, refs, given, endOf(signal)))
    } catch (error) {
      for (const [place, ref] of refs.entries()) this.#revisions.parts(ref, texts[place])
      throw error
    }
  }
}

/** A result with its refs, which come in chunks where they are many. */
async function whole(result: WalkResult, signal: AbortSignal | undefined): Promise<WalkResult> {
  const { names, count = 0 } = result
  if (names === undefined) return result
  const refs: Ref[] = []
  while (refs.length < count) {
    for (const ref of fromNative(undefined, () => native.namesOf(names, refs.length, refsATurn)))
      refs.push(ref)
    await turn()
    signal?.throwIfAborted()
  }
  return { refs }
}
