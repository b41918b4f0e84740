/**
 * Verifies a database over user stores: reads everything that the heads and remote heads reach, and checks each
 * text against its id if the store has `idOf`.
 */

import { isUint8Array } from 'node:util/types'
import { hasCode } from '../base/errors.js'
import type { VerifyReport } from '../base/reports.js'
import type { Ref } from '../base/types.js'
import type { Watching } from '../engine.js'
import type { Parts, StoredRevisions } from './stored-revisions.js'

/** Revisions read at a time. */
const batchSize = 256

/** A head and its ref. */
interface NamedHead {
  readonly key: string
  readonly ref: Ref
}

/** Verifies what `heads` reach. Holds every ref in memory until it ends. */
export async function verifyStored(
  revisions: StoredRevisions,
  heads: readonly NamedHead[],
  watching: Watching
): Promise<VerifyReport> {
  return await new Verification(revisions, heads).run(watching)
}

class Verification {
  readonly #revisions: StoredRevisions
  readonly #heads: readonly NamedHead[]
  readonly #waiting: Ref[] = []
  readonly #seen = new Set<Ref>()
  /** The revisions that name a waiting one. */
  readonly #namedBy = new Map<Ref, Ref[]>()
  readonly #damaged: Ref[] = []
  readonly #missing = new Set<Ref>()
  readonly #dangling = new Set<Ref>()
  #looked = 0
  #bytes = 0

  constructor(revisions: StoredRevisions, heads: readonly NamedHead[]) {
    this.#revisions = revisions
    this.#heads = heads
    for (const { ref } of heads) this.#await(ref)
  }

  async run({ signal, onProgress }: Watching): Promise<VerifyReport> {
    while (this.#waiting.length > 0) {
      signal?.throwIfAborted()
      const batch = this.#waiting.splice(-batchSize)
      const found = await this.#read(batch, signal)
      for (const [place, ref] of batch.entries()) this.#look(ref, found[place])
      const total = this.#looked + this.#waiting.length
      onProgress({ done: this.#looked, total, bytes: this.#bytes })
    }
    return this.#report()
  }

  #await(ref: Ref): void {
    if (this.#seen.has(ref)) return
    this.#seen.add(ref)
    this.#waiting.push(ref)
  }

  /** Reads the texts of a batch and parses each separately, so that a damaged one does not affect others. */
  async #read(batch: readonly Ref[], signal: AbortSignal | undefined): Promise<Found[]> {
    const texts = await this.#revisions.texts(batch, signal)
    return batch.map((ref, place) => this.#readOne(ref, texts[place]))
  }

  #readOne(ref: Ref, text: unknown): Found {
    try {
      const parts = this.#revisions.parts(ref, text)
      return parts && { ...parts, isRight: this.#isRight(ref, parts, text) }
    } catch (error) {
      if (hasCode(error, 'HISTO_CORRUPT')) return 'damaged'
      throw error
    }
  }

  #look(ref: Ref, found: Found): void {
    const children = this.#namedBy.get(ref) ?? []
    this.#namedBy.delete(ref)
    if (found === undefined) {
      this.#missing.add(ref)
      for (const child of children) this.#dangling.add(child)
      return
    }
    this.#looked += 1
    if (found === 'damaged') {
      this.#damaged.push(ref)
      return
    }
    this.#bytes += Buffer.byteLength(found.data)
    if (!found.isRight) this.#damaged.push(ref)
    for (const ancestor of found.ancestors) this.#follow(ref, ancestor)
  }

  #follow(child: Ref, ancestor: Ref): void {
    if (this.#missing.has(ancestor)) this.#dangling.add(child)
    const waits = this.#namedBy.get(ancestor)
    if (waits !== undefined) waits.push(child)
    else if (!this.#seen.has(ancestor)) this.#namedBy.set(ancestor, [child])
    this.#await(ancestor)
  }

  /** Whether the text matches its id; without `idOf` that cannot be checked. */
  #isRight(ref: Ref, { ancestors }: Parts, text: unknown): boolean {
    if (!this.#revisions.tellsIds) return true
    const read = isUint8Array(text) ? Buffer.from(text).toString() : String(text)
    return this.#revisions.idOf(read, ancestors) === ref
  }

  #report(): VerifyReport {
    const damaged = this.#damaged
    const missing = [...this.#missing]
    const dangling = [...this.#dangling]
    const heads = this.#heads.filter(({ ref }) => this.#missing.has(ref))
    const ok = damaged.length === 0 && missing.length === 0
    const counts = { revisions: this.#looked, bytes: this.#bytes }
    return { ok, ...counts, damaged, missing, dangling, heads, file: null }
  }
}

type Found = (Parts & { readonly isRight: boolean }) | 'damaged' | undefined
