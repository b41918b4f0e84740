/**
 * Questions to the graph over a user's store: native walks say what they need, this reads it.
 *
 * Ancestors that were read once stay in a bounded cache that all questions of a database share.
 */

import type { HistoErrorDetails } from '../errors.js'
import { type Failure, fromNative, native } from '../native.js'
import type { Ref } from '../types.js'
import type { StoredRevisions } from './stored-revisions.js'

type Kind = Parameters<typeof native.walk>[1]

/** What a walk answers: refs, or whether it reaches. */
interface Answered {
  readonly refs: Ref[]
  readonly reaches: boolean
}

/** Walks over one store. */
export class StoreWalks {
  readonly #revisions: StoredRevisions
  readonly #lineage: ReturnType<typeof native.lineage>

  /** @param cacheRevisions so many revisions' ancestors are kept */
  constructor(revisions: StoredRevisions, cacheRevisions: number) {
    this.#revisions = revisions
    this.#lineage = native.lineage(cacheRevisions)
  }

  /** Keeps the ancestors of a revision that was written. */
  remember(ref: Ref, ancestors: readonly Ref[]): void {
    asked(() => native.remember(this.#lineage, ref, [...ancestors]))
  }

  /** The refs that a walk answers. */
  async refs(kind: Kind, from: readonly Ref[], to: Ref, signal?: AbortSignal): Promise<Ref[]> {
    return (await this.#answer(kind, from, to, signal)).refs
  }

  /** Whether `descendant` reaches `ancestor`. */
  async reaches(ancestor: Ref, descendant: Ref, signal?: AbortSignal): Promise<boolean> {
    return (await this.#answer('is-ancestor', [ancestor], descendant, signal)).reaches
  }

  async #answer(
    kind: Kind,
    from: readonly Ref[],
    to: Ref,
    signal: AbortSignal | undefined
  ): Promise<Answered> {
    const walk = asked(() => native.walk(this.#lineage, kind, [...from], to))
    for (;;) {
      signal?.throwIfAborted()
      const polled = asked(() => native.pollWalk(this.#lineage, walk))
      const { need, answer, reaches } = polled
      if (need.length === 0) return { refs: answer ?? [], reaches: reaches ?? false }
      const found = await this.#revisions.getMany(need, signal)
      asked(() => {
        const absent = need.find((_ref, place) => found[place] === undefined)
        if (absent !== undefined) native.missingInWalk(walk, absent)
        const ancestors = found.map((parts) => [...(parts?.ancestors ?? [])])
        native.learn(this.#lineage, walk, need, ancestors)
      })
    }
  }
}

function asked<R>(call: () => R): R {
  return fromNative(undefined, call, ofCycle)
}

/** Ids of stores have any shape, so the one that a cycle leads through is read off the message's end. */
function ofCycle({ code, message }: Failure): HistoErrorDetails {
  return code === 'HISTO_CORRUPT' ? { ref: message.slice(message.indexOf(': ') + 2) } : {}
}
